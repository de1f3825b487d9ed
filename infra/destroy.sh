#!/usr/bin/env bash
# Takes down what infra/deploy.sh made. The databases and the lock table stay, unless their deletion is asked for and
# confirmed with the bucket's name. See usage below.
set -euo pipefail

infra=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)

usage() {
  cat <<'EOF'
usage: infra/destroy.sh [--yes] [--delete-data [--confirm BUCKET]]

  (no option)       take down API, function, role, logs, alarms and dashboard; keep bucket and lock table.
                    They stay in Terraform's state: infra/deploy.sh puts the rest around them again.
  --yes             do not ask (does not answer for --delete-data)
  --delete-data     DELETE EVERY DATABASE, all versions, and the lock table as well
  --confirm BUCKET  with --delete-data: the bucket's name, instead of being asked to type it
EOF
}

fail() {
  printf 'destroy: %s\n' "$1" >&2
  exit 1
}

yes=false
delete_data=false
confirmed=
while (($# > 0)); do
  case $1 in
    --yes) yes=true ;;
    --delete-data) delete_data=true ;;
    --confirm)
      (($# > 1)) || fail "--confirm needs the bucket's name"
      confirmed=$2
      shift
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) fail "unknown option $1; --help tells which there are" ;;
  esac
  shift
done

command -v terraform >/dev/null || fail "terraform was not found"
cd "$infra/terraform"
# Nothing is uploaded here, so any file will do for the jar, which need not be built.
options=(-var lambda_jar_path=outputs.tf)

# Whatever holds data, protects it, or decides who may read it.
is_data() {
  [[ $1 == aws_s3_* || $1 == aws_dynamodb_* ]]
}

state=$(terraform state list)
[[ -n $state ]] || fail "there is nothing in Terraform's state; was it deployed from this directory?"

if ! $delete_data; then
  targets=()
  while IFS= read -r address; do
    # All instances of a resource at once: ["ANY /"] and [0] go.
    address=${address%%[*}
    [[ $address == data.* ]] || is_data "$address" || targets+=("-target=$address")
  done <<<"$state"
  ((${#targets[@]} > 0)) || fail "only the data is left; --delete-data deletes it"
  if $yes; then options+=(-input=false -auto-approve); fi
  terraform destroy "${options[@]}" "${targets[@]}"
  printf 'destroy: the bucket and the lock table were kept.\n'
  exit 0
fi

bucket=$(terraform output -raw s3_bucket_name)
[[ -n $bucket ]] || fail "Terraform knows no bucket's name"
if [[ -z $confirmed ]]; then
  [[ -t 0 ]] || fail "nobody is there to type the bucket's name; --confirm $bucket says that EVERY DATABASE in it may go"
  printf 'destroy: this deletes EVERY DATABASE in the bucket %s, with all versions. It cannot be undone.\n' "$bucket"
  read -r -p "destroy: type the bucket's name to delete it: " confirmed
fi
[[ $confirmed == "$bucket" ]] || fail "'$confirmed' is not $bucket; nothing was changed"

# Terraform refuses to destroy what has prevent_destroy, AWS what is protected or not empty. An override file, there for
# these two commands only, takes that away.
trap 'rm -f delete_data_override.tf' EXIT
cp delete_data_override.tf.example delete_data_override.tf
options+=(-input=false -auto-approve)
if ! terraform apply "${options[@]}" -target=aws_s3_bucket.databases -target=aws_dynamodb_table.locks ||
  ! terraform destroy "${options[@]}"; then
  fail "not everything was deleted, and what is left may be unprotected: run this again, or infra/deploy.sh to protect it again"
fi
printf 'destroy: everything was deleted, the databases in %s too.\n' "$bucket"
