#!/bin/sh
# Read a dataset in shares on one machine: sh deploy/ingest-shares.sh SHARES FOLDER
# A share that fails, or is killed, is begun again; what it has read is kept. Settings come from the environment, as always.
set -u
shares=${1:?how many shares} folder=${2:?where the shares are written}
niiserve=${NIISERVE:-node dist/cli.js}

share () {
  for try in 1 2 3; do
    $niiserve ingest --share "$1/$shares" --out "$folder" && return
    echo "share $1: try $try failed" >&2
  done
  return 1
}

i=0
while [ "$i" -lt "$shares" ]; do
  share "$i" &
  i=$((i + 1))
done
wait
# What failed three times is missing, and merge says which: begin it again by hand.
exec $niiserve merge "$folder" ${CATALOG_TO:+--publish "$CATALOG_TO"}
