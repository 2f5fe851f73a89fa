//! Verifies access tokens of Sigil with jsonwebtoken.
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{decode, decode_header, Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use std::env;
use std::error::Error;

#[derive(Deserialize)]
struct Claims {
    sub: String,
}

/// Fetch the keys again when a kid is unknown.
fn verify(value: &str, issuer: &str, audience: &str, keys: &JwkSet) -> Result<Claims, Box<dyn Error>> {
    let header = decode_header(value)?;
    if header.typ.as_deref() != Some("at+jwt") {
        return Err("not an access token".into());
    }
    let key = header.kid.and_then(|kid| keys.find(&kid).cloned()).ok_or("unknown key")?;
    let mut checks = Validation::new(Algorithm::ES256);
    checks.leeway = 0;
    checks.set_issuer(&[issuer]);
    checks.set_audience(&[audience]);
    checks.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    Ok(decode::<Claims>(value, &DecodingKey::from_jwk(&key)?, &checks)?.claims)
}

fn main() -> Result<(), Box<dyn Error>> {
    let issuer = env::var("ISSUER")?;
    let audience = env::var("AUDIENCE").unwrap_or_else(|_| issuer.clone());
    let keys: JwkSet = ureq::get(format!("{issuer}/.well-known/jwks.json")).call()?.body_mut().read_json()?;
    match verify(&env::var("TOKEN")?, &issuer, &audience, &keys) {
        Ok(claims) => println!("{}", claims.sub),
        Err(error) => {
            eprintln!("rejected: {error}");
            std::process::exit(1);
        }
    }
    Ok(())
}
