"""Verifies access tokens of Sigil with PyJWT."""

import os
import sys

import jwt

ISSUER = os.environ["ISSUER"]
AUDIENCE = os.environ.get("AUDIENCE", ISSUER)
keys = jwt.PyJWKClient(f"{ISSUER}/.well-known/jwks.json")  # fetches again when a kid is unknown


def verify(value):
    if jwt.get_unverified_header(value).get("typ") != "at+jwt":
        raise jwt.InvalidTokenError("not an access token")
    key = keys.get_signing_key_from_jwt(value)
    required = {"require": ["exp", "iss", "aud", "sub"]}
    return jwt.decode(value, key, algorithms=["ES256"], issuer=ISSUER, audience=AUDIENCE, options=required)


if __name__ == "__main__":
    try:
        print(verify(os.environ["TOKEN"])["sub"])
    except jwt.PyJWTError as error:
        sys.exit(f"rejected: {error}")
