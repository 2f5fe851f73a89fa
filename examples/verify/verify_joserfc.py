"""Verifies access tokens of Sigil with joserfc."""

import json
import os
import sys
import urllib.request

from joserfc import jwk, jws, jwt
from joserfc.errors import JoseError

ISSUER = os.environ["ISSUER"]
AUDIENCE = os.environ.get("AUDIENCE", ISSUER)

with urllib.request.urlopen(f"{ISSUER}/.well-known/jwks.json") as response:
    keys = jwk.KeySet.import_key_set(json.load(response))  # fetch again when a kid is unknown
# Sigil's own tokens have the header member `jti`, which strict checking rejects.
registry = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
claims = jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": ISSUER}, aud={"essential": True, "value": AUDIENCE}, exp={"essential": True}
)


def verify(value):
    token = jwt.decode(value, keys, registry=registry)
    if token.header.get("typ") != "at+jwt":
        raise ValueError("not an access token")
    claims.validate(token.claims)
    return token.claims


if __name__ == "__main__":
    try:
        print(verify(os.environ["TOKEN"])["sub"])
    except (JoseError, ValueError) as error:
        sys.exit(f"rejected: {error}")
