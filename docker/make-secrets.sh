#!/bin/sh
# Make docker/secrets/: every password and key of an installation, once. A file that is there is never replaced.
set -eu
folder="$(dirname "$0")/secrets"
umask 077
mkdir -p "$folder/channels"
# Passwords of channels that messaging.yaml names: one file each, put there by hand.
chmod 0755 "$folder/channels"
cd "$folder"

# Letters and digits only: passwords stand in addresses.
word() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
key() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n'; }
keep() {
	if [ ! -s "$1" ]; then
		printf '%s' "$2" >"$1"
		echo "  $1"
	fi
	# The folder is yours alone; inside a container another account reads the single file that it is given.
	chmod 0444 "$1"
}

echo "Tạo trong $PWD (tệp đã có thì giữ nguyên):"
keep postgres_password "$(word)"
keep owner_password "$(word)"
keep runtime_password "$(word)"
keep valkey_conf "requirepass $(word)"
keep database_url "postgresql://mc_runtime:$(cat runtime_password)@postgres:5432/mot_cua"
keep database_owner_url "postgresql://mc_owner:$(cat owner_password)@postgres:5432/mot_cua"
keep redis_url "redis://:$(cut -d ' ' -f 2 valkey_conf)@valkey:6379/0"
keep secret_key "$(key)"
keep field_keys "$(key)"
keep index_keys "$(key)"
keep backup_keys "$(key)"
echo "Cất một bản field_keys, index_keys, backup_keys ở nơi khác: mất chúng là mất dữ liệu."
