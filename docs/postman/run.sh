#!/bin/sh
# Runs the collection of pre-made tickets with Newman, against the `make run` that answers on PORT
# (default 8000) or, where none does, against one that is started for it and stopped afterwards.
set -eu
cd "$(dirname "$0")/../.."
newman=node_modules/.bin/newman
url=http://127.0.0.1:${PORT:-8000}
report=reports/newman/ota-premade-tickets.xml

command -v npm >/dev/null || { echo "Newman needs Node.js 20 or newer with npm."; exit 1; }
[ -x $newman ] || npm ci --ignore-scripts --no-audit --no-fund --silent \
    || { echo "Newman could not be installed: npm ci failed."; exit 1; }

ready() { curl -s -o /dev/null --max-time 2 "$url/healthz"; }

if ! ready; then
    echo "Nothing answers at $url: starting Gangway for this run"
    data=$(mktemp -d) && chmod 755 "$data"
    GANGWAY_DATA=$data/var .venv/bin/python -m config.serve run --with-parent >"$data/output" 2>&1 &
    server=$!
    trap 'kill $server 2>/dev/null; wait $server 2>/dev/null || true; rm -rf "$data"' EXIT
    trap 'exit 130' INT TERM
    until grep -q "Ctrl-C stops everything" "$data/output"; do
        kill -0 $server 2>/dev/null || { cat "$data/output"; exit 1; }
        sleep 0.5
    done
fi

mkdir -p "$(dirname $report)"
$newman run docs/postman/ota-premade-tickets.postman_collection.json \
    --environment docs/postman/gangway-demo.postman_environment.json \
    --env-var "base_url=$url" --reporters cli,junit --reporter-junit-export $report
echo "Written: $report"
