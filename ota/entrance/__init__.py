"""Who may enter the back office: the password, the code after it, and who is locked out."""
