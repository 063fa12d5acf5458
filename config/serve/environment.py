"""The environment variables the product's processes are started with."""

from collections.abc import Mapping

from config.serve import own_secrets
from config.serve.options import Options

DEMO_PAYMENT_SECRET = "demo-payment-secret"  # noqa: S105 - known to everybody, for the demo only


def of_the_product(
    environ: Mapping[str, str], options: Options, *, database_url: str, redis_url: str
) -> dict[str, str]:
    """What the operator set, completed by secrets of our own and the servers' addresses."""
    return {
        **defaults(options),
        **environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "DEMO": str(int(options.demo)),
        "STATIC_ROOT": str(options.folder / "static"),
        "PROMETHEUS_MULTIPROC_DIR": str(options.folder / "metrics"),
    }


def defaults(options: Options) -> dict[str, str]:
    """What holds where the operator says nothing."""
    own = own_secrets.kept_in(options.folder)
    if options.demo:
        own["PAYMENT_SECRET"] = DEMO_PAYMENT_SECRET
    return {**own, "DEBUG": "0", "PUBLIC_BASE_URL": f"http://127.0.0.1:{options.port}"}
