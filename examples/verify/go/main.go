// Verifies access tokens of Sigil with go-jose.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// fetchKeys returns the public keys of the issuer. Fetch them again when a kid is unknown.
func fetchKeys(issuer string) (keys jose.JSONWebKeySet, err error) {
	response, err := http.Get(issuer + "/.well-known/jwks.json")
	if err != nil {
		return keys, err
	}
	defer response.Body.Close()
	return keys, json.NewDecoder(response.Body).Decode(&keys)
}

func verify(value, issuer, audience string, keys jose.JSONWebKeySet) (claims jwt.Claims, err error) {
	token, err := jwt.ParseSigned(value, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return claims, err
	}
	if token.Headers[0].ExtraHeaders[jose.HeaderType] != "at+jwt" {
		return claims, errors.New("not an access token")
	}
	if err := token.Claims(keys, &claims); err != nil {
		return claims, err
	}
	if claims.Expiry == nil {
		return claims, errors.New("the token has no expiry")
	}
	expected := jwt.Expected{Issuer: issuer, AnyAudience: jwt.Audience{audience}, Time: time.Now()}
	return claims, claims.ValidateWithLeeway(expected, 0)
}

func main() {
	issuer := os.Getenv("ISSUER")
	audience := os.Getenv("AUDIENCE")
	if audience == "" {
		audience = issuer
	}
	keys, err := fetchKeys(issuer)
	if err != nil {
		panic(err)
	}
	claims, err := verify(os.Getenv("TOKEN"), issuer, audience, keys)
	if err != nil {
		fmt.Fprintln(os.Stderr, "rejected:", err)
		os.Exit(1)
	}
	fmt.Println(claims.Subject)
}
