import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.AuthorizationGrant;
import com.nimbusds.oauth2.sdk.RefreshTokenGrant;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jwt.JWT;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.AuthenticationResponseParser;
import com.nimbusds.openid.connect.sdk.LogoutRequest;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponse;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import com.nimbusds.openid.connect.sdk.UserInfoRequest;
import com.nimbusds.openid.connect.sdk.UserInfoResponse;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.token.OIDCTokens;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A web app that signs users in with Sigil, by the OAuth 2.0 SDK with OpenID Connect extensions of Nimbus. */
public class App {
  record Visit(CodeVerifier verifier, Nonce nonce) {}

  record Session(OIDCTokens tokens, JWT idToken, Instant expiresAt) {}

  static final String appUrl = System.getenv("APP_URL");
  static final URI callback = URI.create(appUrl + "/callback");
  static final ClientID clientId = new ClientID(System.getenv("CLIENT_ID"));
  static final ClientSecretBasic client = new ClientSecretBasic(clientId, new Secret(System.getenv("CLIENT_SECRET")));
  // In production, keep both in your database.
  static final Map<String, Visit> visits = new ConcurrentHashMap<>();
  static final Map<String, Session> sessions = new ConcurrentHashMap<>();
  static OIDCProviderMetadata provider;

  interface Handler {
    void handle(HttpExchange exchange) throws Exception;
  }

  public static void main(String[] args) throws Exception {
    provider = OIDCProviderMetadata.resolve(new Issuer(System.getenv("ISSUER")));
    var server = HttpServer.create(new InetSocketAddress("localhost", URI.create(appUrl).getPort()), 0);
    on(server, "/", App::home);
    on(server, "/sign-in", App::signIn);
    on(server, "/callback", App::finishSignIn);
    on(server, "/sign-out", App::signOut);
    server.start();
    System.out.println(appUrl);
  }

  static void signIn(HttpExchange exchange) throws Exception {
    var visit = new Visit(new CodeVerifier(), new Nonce());
    var state = new State();
    visits.put(state.getValue(), visit);
    setCookie(exchange, "state", state.getValue());
    var request =
        new AuthenticationRequest.Builder(ResponseType.CODE, new Scope("openid", "profile", "email"), clientId, callback)
            .endpointURI(provider.getAuthorizationEndpointURI())
            .state(state)
            .nonce(visit.nonce())
            .codeChallenge(visit.verifier(), CodeChallengeMethod.S256)
            .build();
    redirect(exchange, request.toURI());
  }

  static void finishSignIn(HttpExchange exchange) throws Exception {
    var response = AuthenticationResponseParser.parse(URI.create(appUrl + exchange.getRequestURI()));
    var state = cookie(exchange, "state");
    var visit = visits.remove(state);
    var isOurs = response.getState() != null && response.getState().getValue().equals(state);
    if (visit == null || !isOurs || !response.indicatesSuccess()) {
      answer(exchange, 400, "The sign-in failed or has expired.");
      return;
    }
    var code = response.toSuccessResponse().getAuthorizationCode();
    var tokens = tokensFor(new AuthorizationCodeGrant(code, callback, visit.verifier()));
    var keys = provider.getJWKSetURI().toURL();
    var validator = new IDTokenValidator(provider.getIssuer(), clientId, JWSAlgorithm.RS256, keys);
    validator.validate(tokens.getIDToken(), visit.nonce());
    var id = new State().getValue();
    sessions.put(id, sessionOf(tokens, tokens.getIDToken()));
    setCookie(exchange, "session", id);
    redirect(exchange, URI.create(appUrl + "/"));
  }

  static void home(HttpExchange exchange) throws Exception {
    var id = cookie(exchange, "session");
    // A refresh token works once, so one request at a time refreshes a session.
    var session = sessions.computeIfPresent(id, (key, current) -> refreshed(current));
    var user = session == null ? null : userOf(session);
    if (user == null) {
      sessions.remove(id);
      redirect(exchange, URI.create(appUrl + "/sign-in"));
      return;
    }
    answer(exchange, 200, "Hello " + user + "<form method=post action=/sign-out><button>Sign out</button></form>");
  }

  static void signOut(HttpExchange exchange) throws Exception {
    var session = sessions.remove(cookie(exchange, "session"));
    var hint = session == null ? null : session.idToken();
    var leaving = new LogoutRequest(provider.getEndSessionEndpointURI(), hint, URI.create(appUrl + "/"), null);
    redirect(exchange, leaving.toURI());
  }

  /** The user's id, or null if the access token is no longer valid. */
  static String userOf(Session session) throws Exception {
    var request = new UserInfoRequest(provider.getUserInfoEndpointURI(), session.tokens().getBearerAccessToken());
    var response = UserInfoResponse.parse(request.toHTTPRequest().send());
    return response.indicatesSuccess() ? response.toSuccessResponse().getUserInfo().getSubject().getValue() : null;
  }

  /** The session with a new access token if it is about to expire, or null if the session has ended. */
  static Session refreshed(Session session) {
    if (Instant.now().isBefore(session.expiresAt().minusSeconds(10))) return session;
    try {
      return sessionOf(tokensFor(new RefreshTokenGrant(session.tokens().getRefreshToken())), session.idToken());
    } catch (Exception ended) {
      return null;
    }
  }

  static OIDCTokens tokensFor(AuthorizationGrant grant) throws Exception {
    var request = new TokenRequest.Builder(provider.getTokenEndpointURI(), client, grant).build();
    var response = OIDCTokenResponseParser.parse(request.toHTTPRequest().send());
    if (!response.indicatesSuccess()) throw new IOException(response.toErrorResponse().getErrorObject().getCode());
    return ((OIDCTokenResponse) response.toSuccessResponse()).getOIDCTokens();
  }

  static Session sessionOf(OIDCTokens tokens, JWT idToken) {
    return new Session(tokens, idToken, Instant.now().plusSeconds(tokens.getBearerAccessToken().getLifetime()));
  }

  static void on(HttpServer server, String path, Handler handler) {
    server.createContext(path, exchange -> {
      try (exchange) {
        handler.handle(exchange);
      } catch (Exception error) {
        error.printStackTrace();
        answer(exchange, 500, "Something went wrong.");
      }
    });
  }

  static void answer(HttpExchange exchange, int status, String text) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
    exchange.sendResponseHeaders(status, 0);
    exchange.getResponseBody().write(text.getBytes(StandardCharsets.UTF_8));
  }

  static void redirect(HttpExchange exchange, URI to) throws IOException {
    exchange.getResponseHeaders().set("Location", to.toString());
    exchange.sendResponseHeaders(303, -1);
  }

  static void setCookie(HttpExchange exchange, String name, String value) {
    exchange.getResponseHeaders().add("Set-Cookie", name + "=" + value + "; Path=/; HttpOnly; SameSite=Lax");
  }

  static String cookie(HttpExchange exchange, String name) {
    var header = String.join("; ", exchange.getRequestHeaders().getOrDefault("Cookie", List.of()));
    for (var pair : header.split("; ")) if (pair.startsWith(name + "=")) return pair.substring(name.length() + 1);
    return "";
  }
}
