// Command sign-in is a web app that signs users in with Sigil, by go-oidc and x/oauth2.
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

type session struct {
	idToken string
	tokens  oauth2.TokenSource // Refreshes the tokens when they expire.
}

var (
	appURL   = os.Getenv("APP_URL")
	provider *oidc.Provider
	config   oauth2.Config
	mutex    sync.Mutex
	sessions = map[string]session{} // In production, keep them in your database.
)

func main() {
	var err error
	if provider, err = oidc.NewProvider(context.Background(), os.Getenv("ISSUER")); err != nil {
		log.Fatal(err)
	}
	config = oauth2.Config{
		ClientID:     os.Getenv("CLIENT_ID"),
		ClientSecret: os.Getenv("CLIENT_SECRET"),
		Endpoint:     provider.Endpoint(),
		RedirectURL:  appURL + "/callback",
		Scopes:       []string{oidc.ScopeOpenID, "profile", "email"},
	}
	http.HandleFunc("GET /sign-in", signIn)
	http.HandleFunc("GET /callback", callback)
	http.HandleFunc("POST /sign-out", signOut)
	http.HandleFunc("GET /{$}", home)
	base, _ := url.Parse(appURL)
	fmt.Println(appURL)
	log.Fatal(http.ListenAndServe("localhost:"+base.Port(), nil))
}

func signIn(w http.ResponseWriter, r *http.Request) {
	state, verifier := rand.Text(), oauth2.GenerateVerifier()
	setCookie(w, "state", state)
	setCookie(w, "verifier", verifier)
	http.Redirect(w, r, config.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier)), http.StatusSeeOther)
}

func callback(w http.ResponseWriter, r *http.Request) {
	if state := cookie(r, "state"); state == "" || r.FormValue("state") != state {
		http.Error(w, "This sign-in has expired.", http.StatusBadRequest)
		return
	}
	token, err := config.Exchange(r.Context(), r.FormValue("code"), oauth2.VerifierOption(cookie(r, "verifier")))
	if err != nil {
		http.Error(w, "The sign-in failed.", http.StatusBadRequest)
		return
	}
	idToken, _ := token.Extra("id_token").(string)
	if _, err := provider.Verifier(&oidc.Config{ClientID: config.ClientID}).Verify(r.Context(), idToken); err != nil {
		http.Error(w, "The sign-in failed.", http.StatusBadRequest)
		return
	}
	id := rand.Text()
	mutex.Lock()
	sessions[id] = session{idToken, config.TokenSource(context.Background(), token)}
	mutex.Unlock()
	setCookie(w, "session", id)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func home(w http.ResponseWriter, r *http.Request) {
	mutex.Lock()
	current, ok := sessions[cookie(r, "session")]
	mutex.Unlock()
	if ok {
		if user, err := provider.UserInfo(r.Context(), current.tokens); err == nil {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, `Hello %s <form method="post" action="/sign-out"><button>Sign out</button></form>`, user.Subject)
			return
		}
	}
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
}

func signOut(w http.ResponseWriter, r *http.Request) {
	id := cookie(r, "session")
	mutex.Lock()
	query := url.Values{"id_token_hint": {sessions[id].idToken}, "post_logout_redirect_uri": {appURL + "/"}}
	delete(sessions, id)
	mutex.Unlock()
	var endpoints struct {
		Logout string `json:"end_session_endpoint"`
	}
	if err := provider.Claims(&endpoints); err != nil {
		http.Error(w, "The sign-out failed.", http.StatusInternalServerError)
		return
	}
	http.Redirect(w, r, endpoints.Logout+"?"+query.Encode(), http.StatusSeeOther)
}

func setCookie(w http.ResponseWriter, name, value string) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func cookie(r *http.Request, name string) string {
	found, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return found.Value
}
