"""All that is declined about customers and their logins."""

from config.errors import NotFound, Refusal

CHALLENGE = 'Bearer realm="customers"'


class MissingToken(Refusal):
    """The request carries no access token."""

    status = 401
    code = "missing_token"
    title = "Access token missing"
    remedy = "Log in at POST /api/auth/token and send Authorization: Bearer <access>."
    challenge = CHALLENGE


class InvalidToken(Refusal):
    """The access token is malformed, forged or expired, or its account is closed."""

    status = 401
    code = "invalid_token"
    title = "Access token not accepted"
    remedy = "Get a new one from POST /api/auth/token/refresh, or log in again."
    challenge = f'{CHALLENGE}, error="invalid_token"'


class WrongCredentials(Refusal):
    """No account has this e-mail address and password; which of the two is wrong is not told."""

    status = 401
    code = "wrong_credentials"
    title = "E-mail address or password wrong"
    remedy = "Check both. After too many attempts the login is locked for a while."
    challenge = CHALLENGE


class InvalidRefreshToken(Refusal):
    """The refresh token is malformed, expired, used before, or its login has ended."""

    status = 401
    code = "invalid_refresh_token"
    title = "Refresh token not accepted"
    remedy = "Log in again. Each refresh token works once: keep the newest."
    challenge = CHALLENGE


class LoginLocked(Refusal):
    """Too many logins with this e-mail address failed."""

    status = 429
    code = "login_locked"
    title = "Login locked for a while"
    remedy = "Wait for the seconds in Retry-After, then try again with the right password."
    retry_after = 1


class CustomerNotFound(NotFound):
    """Nobody is known by this id or address."""
