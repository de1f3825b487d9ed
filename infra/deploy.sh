#!/usr/bin/env bash
# Builds the function's jar, checks everything that can be checked offline, applies infra/terraform to the AWS account
# that the environment names, and says how to call what it made. See usage below.
set -euo pipefail

infra=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(dirname "$infra")
jar=$root/cloudsqlite-lambda/target/cloudsqlite-lambda.jar

usage() {
  cat <<'EOF'
usage: infra/deploy.sh [--yes] [--skip-build] [--skip-check] [-- TERRAFORM-PLAN-OPTIONS]

  --yes         apply without asking
  --skip-build  deploy the jar that is there
  --skip-check  do not run infra/check.sh

What is deployed: infra/terraform/terraform.tfvars (see terraform.tfvars.example), TF_VAR_* and options such as
-- -var environment=prod. Credentials come from the environment, as Terraform's AWS provider reads them.
EOF
}

fail() {
  printf 'deploy: %s\n' "$1" >&2
  exit 1
}

yes=false
build=true
check=true
while (($# > 0)); do
  case $1 in
    --yes) yes=true ;;
    --skip-build) build=false ;;
    --skip-check) check=false ;;
    -h | --help)
      usage
      exit 0
      ;;
    --)
      shift
      break
      ;;
    *) fail "unknown option $1; --help tells which there are" ;;
  esac
  shift
done

command -v terraform >/dev/null || fail "terraform was not found; install 1.9 or newer"
$yes || [[ -t 0 ]] || fail "nobody is there to say yes; use --yes to apply without asking"

if $build; then
  command -v mvn >/dev/null || fail "mvn was not found; install Maven 3.8.7 or newer, or use --skip-build"
  printf 'deploy: building %s\n' "${jar#"$root"/}"
  (cd "$root" && mvn -B -ntp -q -DskipTests -pl cloudsqlite-lambda -am package)
fi

cd "$infra/terraform"
# destroy.sh leaves this behind if it is killed. The data must not be deployed without protection.
rm -f delete_data_override.tf
terraform init -input=false
if $check; then "$infra/check.sh"; fi

plan=$(mktemp)
trap 'rm -f "$plan"' EXIT
terraform plan -input=false -out="$plan" "$@"
if ! $yes; then
  read -r -p "deploy: apply this plan? (yes/no) " reply
  [[ $reply == yes ]] || fail "nothing was changed"
fi
terraform apply -input=false "$plan"

url=$(terraform output -raw api_gateway_url)
region=$(terraform output -raw aws_region)
authorization=$(terraform output -raw authorization_type)

printf '\nDeployed: %s\n\n' "$url"
case $authorization in
  AWS_IAM)
    # A header without a value is one that curl leaves out: right for long-lived keys.
    # shellcheck disable=SC2016 # The variables are for the reader's shell, so that no secret is printed.
    credentials='--aws-sigv4 "aws:amz:'$region':execute-api" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" -H "x-amz-security-token: $AWS_SESSION_TOKEN" '
    printf 'Callers need execute-api:Invoke on %s and sign their requests:\n\n' "$(terraform output -raw api_invoke_arn)"
    ;;
  JWT)
    # shellcheck disable=SC2016
    credentials='-H "Authorization: Bearer $CLOUDSQLITE_TOKEN" '
    printf 'Callers send a token of your issuer:\n\n'
    ;;
  *)
    credentials=
    printf 'WARNING: everybody on the internet may run SQL here.\n\n'
    ;;
esac
printf "  curl %s-H 'Content-Type: application/json' -d '%s' %s/sql\n\n" \
  "$credentials" '{"sql_statement": "CREATE TABLE IF NOT EXISTS test (id INTEGER PRIMARY KEY, name TEXT);"}' "$url"
smoke=
[[ $authorization != NONE ]] || smoke='--no-sign '
printf 'To try all of it: infra/smoke-test.sh %s%s\n' "$smoke" "$url"
