"""The settings of the tests: the product's own, with secrets of their own."""

import os

os.environ |= {
    "DEBUG": "0",
    "DEMO": "0",
    "PUBLIC_BASE_URL": "http://testserver",
    "STAFF_TWO_FACTOR": "0",  # but in the tests about it
    "DIRECT_MAX_OPEN_ORDERS": "1000",  # one customer stands for many
    "SECRET_KEY": "secret-key-of-the-tests-" + "s" * 40,
    "API_KEY_PEPPER": "pepper-of-the-tests",
    "PAYMENT_SECRET": "payment-secret-of-the-tests",
    "QR_KEYS": '[{"kid": 1, "state": "active", "master": '
    '"9333af5ea552bfa35e043245a53af167e0738c7b55bf05707937ce5d94b4df2a"}]',
}

from config.settings import *
from config.settings import DATABASES

# A password is checked in a test a thousand times more often than it is guessed.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Test databases are emptied between tests, history included.
DATABASES["default"]["OPTIONS"]["options"] += " -c gangway.may_truncate=on"
# A test is one transaction: on a busy machine it may think longer than a request.
DATABASES["default"]["OPTIONS"]["options"] += " -c idle_in_transaction_session_timeout=0"
