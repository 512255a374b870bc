#!/bin/sh
# Installs the libraries of docs/guide/backends-by-language.md into a folder, for
# test_backends_by_language.py: libraries.sh FOLDER. A language that is not installed is left out.
set -eu
pom="$(cd "$(dirname "$0")" && pwd)/spring.pom.xml"
mkdir -p "$1"
cd "$1"
if command -v npm >/dev/null; then
  npm install --silent --no-fund --no-audit --prefix . jose@5.10.0 >/dev/null
fi
if command -v mvn >/dev/null; then
  mvn --quiet --batch-mode dependency:copy -DoutputDirectory="$PWD/jars" \
    -Dartifact=com.nimbusds:nimbus-jose-jwt:10.10
  mvn --quiet --batch-mode --file "$pom" dependency:copy-dependencies \
    -DoutputDirectory="$PWD/spring"
fi
if command -v go >/dev/null; then
  mkdir -p go
  cd go
  [ -f go.mod ] || go mod init backend 2>/dev/null
  go get github.com/golang-jwt/jwt/v5@v5.3.1 2>/dev/null
fi
