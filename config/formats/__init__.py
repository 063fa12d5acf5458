"""How days and moments are written for people, by language (Django's FORMAT_MODULE_PATH)."""
