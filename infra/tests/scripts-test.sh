#!/usr/bin/env bash
# Tests deploy.sh, destroy.sh and smoke-test.sh without AWS: terraform and mvn are stubs that write down what they were
# asked, the API is stub-server.js.
set -euo pipefail

tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
work=$(mktemp -d)
servers=()
trap '((${#servers[@]} == 0)) || kill "${servers[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_REGION AWS_DEFAULT_REGION CLOUDSQLITE_TOKEN STUB_BROKEN

passed=0
failed=0

# check WHAT COMMAND...: WHAT holds if COMMAND succeeds.
check() {
  local what=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    printf 'ok    %s\n' "$what"
  else
    failed=$((failed + 1))
    printf 'FAIL  %s\n' "$what"
    sed 's/^/      /' "$work/output" "$work/calls"
  fi
}

# run COMMAND...: leaves what it printed in $work/output and its exit code in $code.
run() {
  code=0
  : >"$work/calls"
  "$@" >"$work/output" 2>&1 </dev/null || code=$?
}

exited_with() { [[ $code == "$1" ]]; }
printed() { grep -qE -- "$1" "$work/output"; }
called() { grep -qE -- "$1" "$work/calls"; }
not_called() { ! called "$1"; }

# --- A copy of the project's part that the scripts touch, and stubs. ---

mkdir -p "$work/bin" "$work/project/infra/terraform"
cp "$tests"/../*.sh "$work/project/infra/"
cp "$tests"/../terraform/{outputs.tf,delete_data_override.tf.example} "$work/project/infra/terraform/"
printf '#!/bin/sh\necho "check.sh $*" >>"%s/calls"\n' "$work" >"$work/project/infra/check.sh"
printf '#!/bin/sh\necho "mvn $*" >>"%s/calls"\n' "$work" >"$work/bin/mvn"
cat >"$work/bin/terraform" <<EOF
#!/bin/sh
override=
[ ! -e delete_data_override.tf ] || override=' WITH-OVERRIDE'
echo "terraform \$*\$override" >>"$work/calls"
case "\$*" in
  "state list") cat "$work/state" ;;
  "output -raw api_gateway_url") printf https://abc.execute-api.eu-west-1.amazonaws.com ;;
  "output -raw aws_region") printf eu-west-1 ;;
  "output -raw authorization_type") printf '%s' "\${STUB_AUTHORIZATION:-AWS_IAM}" ;;
  "output -raw api_invoke_arn") printf arn:aws:execute-api:eu-west-1:123456789012:abc/* ;;
  "output -raw s3_bucket_name") printf databases ;;
  "\${STUB_FAILS:-nothing} "*) exit 1 ;;
esac
EOF
chmod +x "$work"/bin/* "$work"/project/infra/*.sh
cat >"$work/state" <<'EOF'
data.aws_caller_identity.current
aws_apigatewayv2_api.cloudsqlite
aws_apigatewayv2_route.all["ANY /"]
aws_apigatewayv2_route.all["ANY /{proxy+}"]
aws_dynamodb_table.locks
aws_lambda_function.cloudsqlite
aws_s3_bucket.databases
aws_s3_bucket_policy.databases
aws_s3_bucket_versioning.databases
EOF
PATH=$work/bin:$PATH
infra=$work/project/infra

# --- deploy.sh ---

run "$infra/deploy.sh"
check "deploy.sh applies nothing unasked" exited_with 1
check "... and does not get as far as a plan" not_called 'terraform'

run "$infra/deploy.sh" --yes -- -var environment=prod
check "deploy.sh --yes succeeds" exited_with 0
check "... builds" called '^mvn .*-pl cloudsqlite-lambda -am package$'
check "... checks" called '^check\.sh'
check "... plans with the options it was given" called '^terraform plan .*-var environment=prod$'
check "... applies that plan" called '^terraform apply -input=false /'
check "... prints the URL" printed '^Deployed: https://abc\.execute-api\.eu-west-1\.amazonaws\.com$'
# shellcheck disable=SC2016 # The printed line has the names of variables, not their values.
check "... prints a signed curl line" printed 'curl --aws-sigv4 "aws:amz:eu-west-1:execute-api" --user "\$AWS_ACCESS_KEY_ID:.*/sql$'

touch "$infra/terraform/delete_data_override.tf"
STUB_AUTHORIZATION=NONE run "$infra/deploy.sh" --yes --skip-build --skip-check
check "deploy.sh skips what it is told to" not_called '^(mvn|check)'
check "... never deploys with the override that unprotects the data" not_called 'WITH-OVERRIDE'
check "... warns of an open API" printed 'WARNING: everybody'

STUB_FAILS=plan run "$infra/deploy.sh" --yes
check "deploy.sh stops where a plan fails" exited_with 1
check "... and applies nothing" not_called '^terraform apply'

# --- destroy.sh ---

run "$infra/destroy.sh" --yes
check "destroy.sh succeeds" exited_with 0
check "... takes down the rest" called '^terraform destroy .*-target=aws_apigatewayv2_route\.all .*-target=aws_lambda_function\.cloudsqlite$'
check "... and no data" not_called '-target=(aws_s3|aws_dynamodb|data)|WITH-OVERRIDE|^terraform destroy -var [^ ]+( -[a-z-]+(=[a-z]+)?)*$'

run "$infra/destroy.sh" --yes --delete-data
check "destroy.sh --delete-data refuses when nobody can confirm" exited_with 1
check "... and changes nothing" not_called '^terraform (apply|destroy)'

run "$infra/destroy.sh" --yes --delete-data --confirm other
check "destroy.sh --delete-data refuses another bucket's name" exited_with 1
check "... and changes nothing" not_called '^terraform (apply|destroy)'

run "$infra/destroy.sh" --delete-data --confirm databases
check "destroy.sh --delete-data with the right name succeeds" exited_with 0
check "... takes the protection from the data" called '^terraform apply .*-target=aws_s3_bucket\.databases -target=aws_dynamodb_table\.locks WITH-OVERRIDE$'
check "... destroys everything" called '^terraform destroy .*-auto-approve WITH-OVERRIDE$'
check "... and leaves no override" test ! -e "$infra/terraform/delete_data_override.tf"

STUB_FAILS=destroy run "$infra/destroy.sh" --delete-data --confirm databases
check "destroy.sh says when it failed half-way" exited_with 1
check "... what to do" printed 'infra/deploy\.sh to protect it again'
check "... and leaves no override" test ! -e "$infra/terraform/delete_data_override.tf"

# --- smoke-test.sh ---

# serve ARGUMENTS...: starts a stub and leaves its address in $url.
serve() {
  local port='' waited=0
  : >"$work/port"
  node "$tests/stub-server.js" "$@" >"$work/port" &
  servers+=($!)
  until [[ -n $port ]]; do
    port=$(<"$work/port")
    ((waited++ < 200)) || { printf 'the stub did not start\n' >&2; exit 1; }
    [[ -n $port ]] || sleep 0.1
  done
  url=http://127.0.0.1:$port
}

serve
run "$infra/smoke-test.sh" "$url/"
check "smoke-test.sh passes against a server that answers well" exited_with 0
check "... having made every call" printed '^smoke-test: 16 passed, 0 failed$'

for broken in 'Hello World' 'Charlie' 'statements' 'outside'; do
  export STUB_BROKEN=$broken
  serve
  unset STUB_BROKEN
  run "$infra/smoke-test.sh" "$url"
  check "smoke-test.sh fails where '$broken' is answered badly" exited_with 1
done

serve key secret eu-west-1
AWS_REGION=eu-west-1 AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret AWS_SESSION_TOKEN=token run "$infra/smoke-test.sh" --sign "$url"
check "smoke-test.sh signs so that the signature is right" exited_with 0
check "... and looks whether others are refused" printed 'ok    refuses a caller without credentials'

AWS_REGION=eu-west-1 AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=wrong run "$infra/smoke-test.sh" --sign "$url"
check "smoke-test.sh fails with a wrong secret" exited_with 1

serve
AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret run "$infra/smoke-test.sh" --sign "$url"
check "smoke-test.sh fails where an API that should be closed is open" printed '^FAIL  refuses a caller without credentials: expected status 403 .* got status 200'

printf 'scripts-test: %d passed, %d failed\n' "$passed" "$failed"
((failed == 0))
