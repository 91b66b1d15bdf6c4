#!/bin/sh
# Make the settings of an installation without Docker, once: every password and key. A file that is there stays.
#   sh deploy/make-settings.sh <host of the list of provinces>
# CONFIG_DIR (/etc/mot-cua) holds: env, for all processes; owner.env, for commands and backup alone; roles.env, the
# passwords for deploy/roles.sql; valkey.conf. Web, worker, beat and relay never see owner.env.
set -eu
host="${1:?Cách dùng: sh deploy/make-settings.sh <tên miền trang chung>}"
folder="${CONFIG_DIR:-/etc/mot-cua}"
umask 077
mkdir -p "$folder"
chmod 0755 "$folder"

# Letters and digits only: passwords stand in addresses.
word() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
key() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n'; }
keep() {
	if [ -e "$folder/$1" ]; then
		echo "  $folder/$1 đã có, giữ nguyên"
	else
		cat >"$folder/$1"
		echo "  $folder/$1"
	fi
}

owner="$(word)"
runtime="$(word)"
queue="$(word)"
keep roles.env <<END
MC_OWNER_PASSWORD=$owner
MC_RUNTIME_PASSWORD=$runtime
END
keep valkey.conf <<END
requirepass $queue
appendonly yes
save ""
maxmemory 256mb
maxmemory-policy noeviction
END
keep owner.env <<END
DATABASE_OWNER_URL="postgresql://mc_owner:$owner@127.0.0.1:5432/mot_cua"
BACKUP_KEYS="$(key)"
END
keep env <<END
$(sed -e 's/^#.*//' -e '/^$/d' "$(dirname "$0")/env.example" \
	| sed -e "s|^NATIONAL_HOST=.*|NATIONAL_HOST=\"$host\"|" \
		-e "s|^DATABASE_URL=.*|DATABASE_URL=\"postgresql://mc_runtime:$runtime@127.0.0.1:5432/mot_cua\"|" \
		-e "s|^REDIS_URL=.*|REDIS_URL=\"redis://:$queue@127.0.0.1:6379/0\"|" \
		-e "s|^SECRET_KEY=.*|SECRET_KEY=\"$(key)\"|" \
		-e "s|^FIELD_KEYS=.*|FIELD_KEYS=\"$(key)\"|" \
		-e "s|^INDEX_KEYS=.*|INDEX_KEYS=\"$(key)\"|")
END
echo "Cất một bản $folder/env và $folder/owner.env ở nơi khác: mất khóa trong đó là mất dữ liệu."
