"""What is printed when everything runs: where it is, and who may enter the demo."""

from config.serve.options import Options

DEMO_CREDENTIALS = (
    ("partner, every permission", "x-api-key: ota_test_key_12345"),
    ("second partner", "x-api-key: ota_test_key_251103"),
    ("partner who may only read stock", "x-api-key: ota_test_key_readonly"),
    ("venue scanner at PIER-1", "x-scanner-key: venue_test_key_12345"),
    ("customer", "customer@example.com / customer-demo-12345"),
    ("administrator", "admin / admin-demo-12345"),
    ("operations", "ops / ops-demo-12345"),
    ("approver", "approver / approver-demo-12345"),
    ("payment secret, direct sales", "demo-payment-secret"),
    ("payment secret, partners", "demo-payment-secret-<partner_id>"),
)


def text(options: Options, seconds: float) -> str:
    """Addresses, credentials when there are any, and how to stop."""
    url = options.local_url
    lines = [
        "",
        f"Gangway is ready after {seconds:.1f} s.",
        f"  start page      {url}/",
        f"  API reference   {url}/docs",
        f"  admin           {url}/admin/",
        f"  logs            {options.folder / 'log'}",
        *(_credentials() if options.demo else ()),
        "Ctrl-C stops everything.",
    ]
    return "\n".join(lines)


def _credentials() -> list[str]:
    width = max(len(who) for who, _ in DEMO_CREDENTIALS)
    known = [f"  {who.ljust(width)}  {credential}" for who, credential in DEMO_CREDENTIALS]
    return ["Demo credentials, known to everybody (DEMO=0 starts without):", *known]
