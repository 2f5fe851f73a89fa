import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.net.URI;
import java.text.ParseException;
import java.util.Set;

/** Verifies access tokens of Sigil with Nimbus JOSE + JWT. */
public class Verify {
  /** Fetches the keys again when a kid is unknown. */
  static DefaultJWTProcessor<SecurityContext> processor(String issuer, String audience) throws Exception {
    var keys = JWKSourceBuilder.<SecurityContext>create(URI.create(issuer + "/.well-known/jwks.json").toURL());
    var processor = new DefaultJWTProcessor<SecurityContext>();
    processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("at+jwt")));
    processor.setJWSKeySelector(new JWSVerificationKeySelector<>(JWSAlgorithm.ES256, keys.build()));
    var expected = new JWTClaimsSet.Builder().issuer(issuer).build();
    var verifier = new DefaultJWTClaimsVerifier<SecurityContext>(audience, expected, Set.of("sub", "exp"));
    verifier.setMaxClockSkew(0);
    processor.setJWTClaimsSetVerifier(verifier);
    return processor;
  }

  public static void main(String[] args) throws Exception {
    var issuer = System.getenv("ISSUER");
    var audience = System.getenv().getOrDefault("AUDIENCE", issuer);
    try {
      System.out.println(processor(issuer, audience).process(System.getenv("TOKEN"), null).getSubject());
    } catch (ParseException | BadJOSEException | JOSEException error) {
      System.err.println("rejected: " + error.getMessage());
      System.exit(1);
    }
  }
}
