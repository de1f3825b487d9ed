#!/usr/bin/env bash
# Asks a running CloudSQLite whether it works, with the calls of the first CloudSQLite, in a database of its own that it
# deletes afterwards. See usage below.
set -euo pipefail

usage() {
  cat <<'EOF'
usage: infra/smoke-test.sh [--sign | --no-sign] [--keep] URL

  URL        the API's address, without /sql: https://abcdef1234.execute-api.us-east-1.amazonaws.com or http://127.0.0.1:8080
  --sign     sign the requests (SigV4), as an API with AWS_IAM wants it; the default where URL is at AWS
  --no-sign  do not
  --keep     do not delete the database at the end

Signing uses AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or else what the aws command has, and the
region in URL, or else AWS_REGION. With CLOUDSQLITE_TOKEN set, that is sent as a bearer token instead (JWT).
Exits with 0 if every call was answered as it should.
EOF
}

fail() {
  printf 'smoke-test: %s\n' "$1" >&2
  exit 2
}

sign=auto
keep=false
url=
while (($# > 0)); do
  case $1 in
    --sign) sign=yes ;;
    --no-sign) sign=no ;;
    --keep) keep=true ;;
    -h | --help)
      usage
      exit 0
      ;;
    -*) fail "unknown option $1; --help tells which there are" ;;
    *)
      [[ -z $url ]] || fail "there can be one URL only"
      url=${1%/}
      ;;
  esac
  shift
done
[[ $url =~ ^https?://[^/]+ ]] || {
  usage >&2
  exit 2
}
command -v curl >/dev/null || fail "curl was not found"

# --- Who is calling. Secrets go to curl in a file of its own, so that no list of processes shows them. ---

host=${url#*://}
host=${host%%/*}
service=execute-api
region=${AWS_REGION:-${AWS_DEFAULT_REGION:-us-east-1}}
at_aws=false
if [[ $host =~ \.(execute-api|lambda-url)\.([a-z0-9-]+)\. ]]; then
  at_aws=true
  region=${BASH_REMATCH[2]}
  [[ ${BASH_REMATCH[1]} == execute-api ]] || service=lambda
fi

export_credentials() {
  local name value
  while IFS='=' read -r name value; do
    case $name in
      AWS_ACCESS_KEY_ID) AWS_ACCESS_KEY_ID=$value ;;
      AWS_SECRET_ACCESS_KEY) AWS_SECRET_ACCESS_KEY=$value ;;
      AWS_SESSION_TOKEN) AWS_SESSION_TOKEN=$value ;;
    esac
  done < <(aws configure export-credentials --format env-no-export 2>/dev/null)
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
credentials=$work/credentials
(umask 077 && : >"$credentials")
no_credentials=$work/none
: >"$no_credentials"

who="without credentials"
refusal=
if [[ -n ${CLOUDSQLITE_TOKEN:-} ]]; then
  who="with a token"
  refusal=401
  printf 'header = "Authorization: Bearer %s"\n' "$CLOUDSQLITE_TOKEN" >>"$credentials"
elif [[ $sign == yes ]] || { [[ $sign == auto ]] && $at_aws; }; then
  if [[ -z ${AWS_ACCESS_KEY_ID:-} ]] && command -v aws >/dev/null; then export_credentials; fi
  [[ -n ${AWS_ACCESS_KEY_ID:-} && -n ${AWS_SECRET_ACCESS_KEY:-} ]] ||
    fail "no credentials to sign with; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use --no-sign for an open API"
  who="signed for $service in $region"
  refusal=403
  printf 'aws-sigv4 = "aws:amz:%s:%s"\nuser = "%s:%s"\n' \
    "$region" "$service" "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" >>"$credentials"
  [[ -z ${AWS_SESSION_TOKEN:-} ]] || printf 'header = "x-amz-security-token: %s"\n' "$AWS_SESSION_TOKEN" >>"$credentials"
fi

# --- Calls and expectations. ---

passed=0
failed=0

# request CREDENTIALS METHOD PATH [BODY]: leaves the answer in $status and $answer.
request() {
  local arguments=(--silent --show-error --max-time 40 --config "$1" --request "$2" --output "$work/answer" --write-out '%{http_code}')
  [[ -z ${4:-} ]] || arguments+=(--header 'Content-Type: application/json' --data-binary "$4")
  : >"$work/answer"
  status=$(curl "${arguments[@]}" "$url$3" 2>"$work/error") || status="none ($(<"$work/error"))"
  answer=$(<"$work/answer")
}

# expect WHAT STATUS PATTERN: judges the last answer; PATTERN is an extended regular expression.
expect() {
  if [[ $status =~ ^($2)$ && $answer =~ $3 ]]; then
    passed=$((passed + 1))
    printf 'ok    %s\n' "$1"
  else
    failed=$((failed + 1))
    printf 'FAIL  %s: expected status %s and %s, got status %s and %s\n' "$1" "$2" "${3:-any answer}" "$status" "${answer:0:500}"
  fi
}

sql() {
  request "$credentials" POST /sql "$1"
}

success='"success" *: *true'
database="smoke-test-$(date +%s)-$$.db"

printf 'smoke test of %s, %s, in database %s\n' "$url" "$who" "$database"

request "$credentials" GET /health
expect "is there" 200 '"status" *: *"ok"'

if [[ -n $refusal ]]; then
  request "$no_credentials" POST /sql '{"sql_statement": "SELECT 1 as test;"}'
  expect "refuses a caller without credentials" "$refusal" ''
fi

sql '{"sql_statement": "CREATE TABLE test (id INTEGER PRIMARY KEY, name TEXT);", "database_name": "'"$database"'"}'
expect "creates a database with its first write" 200 "$success"

sql '{"sql_statement": "SELECT 1 as test;", "database_name": "'"$database"'"}'
expect "selects" 200 '"test" *: *1'

sql '{"sql_statement": "INSERT INTO test (name) VALUES (\"Hello World\");", "database_name": "'"$database"'"}'
expect "inserts" 200 "$success.*1 rows affected"

sql '{"sql_statement": "SELECT * FROM test;", "database_name": "'"$database"'"}'
expect "reads what it wrote" 200 '"name" *: *"Hello World"'

sql '{"sql_statement": "CREATE TABLE IF NOT EXISTS test_table (id INTEGER PRIMARY KEY, name TEXT, created_at DATETIME DEFAULT CURRENT_TIMESTAMP)", "database_name": "'"$database"'"}'
expect "creates a second table" 200 "$success"

sql '{"sql_statement": "INSERT INTO test_table (name) VALUES ('"'Alice'), ('Bob'), ('Charlie'"')", "database_name": "'"$database"'"}'
expect "inserts three rows" 200 "$success.*3 rows affected"

sql '{"sql_statement": "UPDATE test_table SET name = '"'Alice Updated'"' WHERE id = 1", "database_name": "'"$database"'"}'
expect "updates one of them" 200 "$success.*1 rows affected"

sql '{"sql_statement": "CREATE TABLE logs (message TEXT, timestamp TEXT)", "database_name": "'"$database"'"}'
expect "creates a third table" 200 "$success"

sql '{"sql_statement": "INSERT INTO logs (message, timestamp) VALUES ('"'Load test message', datetime('now'"'));", "database_name": "'"$database"'"}'
expect "inserts with a function" 200 "$success"

sql '{"sql_statement": "SELECT name FROM test_table WHERE id = ?", "parameters": [1], "database_name": "'"$database"'"}'
expect "takes parameters" 200 '"name" *: *"Alice Updated"'

sql '{"statements": [{"sql_statement": "DELETE FROM test_table"}, {"sql_statement": "INSERT INTO no_such_table VALUES (1)"}], "database_name": "'"$database"'"}'
expect "refuses a transaction that has a mistake" 400 '"success" *: *false'

sql '{"sql_statement": "SELECT count(*) AS n FROM test_table", "database_name": "'"$database"'"}'
expect "has undone all of that transaction" 200 '"n" *: *3'

sql '{"sql_statement": "SELECT 1", "database_name": "../outside.db"}'
expect "refuses a name that leads elsewhere" 400 '"success" *: *false'

if $keep; then
  printf 'kept  %s\n' "$database"
else
  request "$credentials" DELETE "/databases/$database"
  expect "deletes the database" '200|204' ''
  sql '{"sql_statement": "SELECT * FROM test;", "database_name": "'"$database"'"}'
  expect "has deleted it" 404 '"success" *: *false'
fi

printf 'smoke-test: %d passed, %d failed\n' "$passed" "$failed"
((failed == 0))
