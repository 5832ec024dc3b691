#!/bin/sh
# Makes the certificates of the TLS tests anew: two authorities and what they signed. Nothing but these tests trusts them.
set -eu
cd "$(dirname "$0")"

authority() {
  openssl ecparam -name prime256v1 -genkey -noout -out "$1.key.pem"
  openssl req -x509 -new -key "$1.key.pem" -days 36500 -subj "/CN=$1 of the sipwright tests" -out "$1.cert.pem"
}

# name, authority, subjectAltName (empty: none), common name
signed() {
  openssl ecparam -name prime256v1 -genkey -noout -out "$1.key.pem"
  openssl req -new -key "$1.key.pem" -subj "/CN=$4" -out request.pem
  if [ -n "$3" ]; then printf 'subjectAltName=%s\n' "$3" > extensions; else : > extensions; fi
  openssl x509 -req -in request.pem -CA "$2.cert.pem" -CAkey "$2.key.pem" -CAcreateserial -days 36500 \
    -extfile extensions -out "$1.cert.pem"
  rm -f request.pem extensions
}

authority authority
authority stranger
signed example authority 'DNS:example.com,IP:127.0.0.1' example.com
signed other authority 'DNS:other.example.net' other.example.net
signed domain authority 'URI:sip:example.org,DNS:host.example.org' host.example.org
signed wildcard authority 'DNS:*.example.com' wildcard
signed common authority '' common.example.com
signed impostor stranger 'DNS:example.com,IP:127.0.0.1' example.com
rm -f ./*.srl stranger.key.pem authority.key.pem
