#!/usr/bin/env bash
# Checks what lies in this directory, with no AWS account and no network but npm's: the scripts, the Terraform
# configuration and the SAM template. What cannot be checked for want of a tool is named; nothing is passed over silently.
set -euo pipefail

infra=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(dirname "$infra")
terraform_check=$root/../shared/tools/terraform-check/terraform-check
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

skipped() {
  printf 'check: SKIPPED %s: %s\n' "$1" "$2"
}

# --- The scripts. ---

scripts=("$infra"/*.sh "$infra"/tests/*.sh)
for script in "${scripts[@]}"; do bash -n "$script"; done
if command -v shellcheck >/dev/null; then
  shellcheck "${scripts[@]}"
  printf 'check: shellcheck finds nothing\n'
else
  skipped shellcheck "it is not installed"
fi
if command -v node >/dev/null; then
  "$infra/tests/scripts-test.sh"
else
  skipped "the scripts' tests" "node was not found"
fi

# --- Terraform. ---

# A copy without the settings of whoever deploys from here: the tests are about the defaults.
unset "${!TF_VAR_@}"
mkdir "$work/terraform"
cp -r "$infra"/terraform/*.tf "$infra/terraform/tests" "$work/terraform"
rm -f "$work"/terraform/*_override.tf
# And one in which destroy.sh --delete-data has taken the protection away: that must still be valid.
mkdir "$work/delete-data"
cp "$work"/terraform/*.tf "$work/delete-data"
cp "$infra/terraform/delete_data_override.tf.example" "$work/delete-data/delete_data_override.tf"

if ! command -v terraform >/dev/null; then
  skipped Terraform "terraform was not found"
elif [[ -x $terraform_check ]]; then
  "$terraform_check" "$work/terraform"
  "$terraform_check" "$work/delete-data"
elif [[ -d $infra/terraform/.terraform ]]; then
  for copy in "$work/terraform" "$work/delete-data"; do
    cp -r "$infra"/terraform/.terraform* "$copy"
    terraform -chdir="$copy" fmt -check -recursive -diff
    terraform -chdir="$copy" validate
  done
  terraform -chdir="$work/terraform" test
else
  skipped Terraform "run 'terraform init' in infra/terraform first"
fi

# --- SAM. ---

if command -v npm >/dev/null; then
  # The lock file pins the validator's version and hash.
  (cd "$infra/sam" && npm ci --silent --no-audit --no-fund && npm run --silent check)
else
  skipped SAM "npm was not found"
fi
printf 'check: infra is in order\n'
