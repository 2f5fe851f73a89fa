import os
import secrets

from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import OAuth
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from starlette.middleware.sessions import SessionMiddleware

ISSUER = os.environ["ISSUER"]
APP_URL = os.environ.get("APP_URL", "http://localhost:3000")

sessions = {}  # The tokens stay on the server. In production, keep them in your database.


async def keep_refreshed(name, token, refresh_token=None, access_token=None):
    """Authlib calls this when it has refreshed expired tokens."""
    for session_id, kept in sessions.items():
        if kept["refresh_token"] == refresh_token:
            sessions[session_id] = token


oauth = OAuth(update_token=keep_refreshed)
oauth.register(
    "sigil",
    client_id=os.environ["CLIENT_ID"],
    client_secret=os.environ["CLIENT_SECRET"],
    server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
    client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"},
)
app = FastAPI()
app.add_middleware(SessionMiddleware, secret_key=os.environ["COOKIE_SECRET"], https_only=APP_URL.startswith("https:"))


@app.get("/sign-in")
async def sign_in(request: Request):
    return await oauth.sigil.authorize_redirect(request, f"{APP_URL}/callback")


@app.get("/callback")
async def callback(request: Request):
    try:
        token = await oauth.sigil.authorize_access_token(request)
    except OAuthError as error:
        return PlainTextResponse(f"The sign-in failed: {error.error}", 400)
    request.session["id"] = secrets.token_urlsafe(32)
    sessions[request.session["id"]] = token
    return RedirectResponse("/", 303)


@app.post("/sign-out")
async def sign_out(request: Request):
    token = sessions.pop(request.session.pop("id", None), {})
    metadata = await oauth.sigil.load_server_metadata()
    query = f"id_token_hint={token.get('id_token', '')}&post_logout_redirect_uri={APP_URL}/"
    return RedirectResponse(f"{metadata['end_session_endpoint']}?{query}", 303)


@app.get("/")
async def home(request: Request):
    user = await current_user(request.session.get("id"))
    if user is None:
        return RedirectResponse("/sign-in", 303)
    form = '<form method="post" action="/sign-out"><button>Sign out</button></form>'
    return HTMLResponse(f"Hello {user['sub']} {form}")


async def current_user(session_id):
    """Asks Sigil who is signed in, with a token that Authlib refreshes once it has expired."""
    token = sessions.get(session_id)
    if token is None:
        return None
    metadata = await oauth.sigil.load_server_metadata()
    try:
        reply = await oauth.sigil.get(metadata["userinfo_endpoint"], token=token)
    except OAuthError:  # The refresh token was rejected: the session has ended.
        reply = None
    if reply is None or reply.status_code == 401:
        del sessions[session_id]
        return None
    return reply.raise_for_status().json()
