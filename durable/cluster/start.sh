#!/usr/bin/env bash
# Starts the three nodes of this folder on the loopback, and ends them with Ctrl-C. What they store
# is in NATS_STORE, or else in a new folder that goes when they end. The user resthook has the password
# RESTHOOK_NATS_PASSWORD, or else resthook.
set -euo pipefail
conf=$(cd "$(dirname "$0")" && pwd)
password=${RESTHOOK_NATS_PASSWORD:-resthook}
export RESTHOOK_NATS_PASSWORD="\"$password\""

work=$(mktemp -d)
nodes=()
end() {
  trap - EXIT INT TERM
  [ "${#nodes[@]}" -eq 0 ] || kill "${nodes[@]}" 2>/dev/null || true
  wait
  rm -rf "$work"
}
trap end EXIT
trap 'exit 0' INT TERM

# The version is that of go.mod.
(cd "$conf" && go build -o "$work/nats-server" github.com/nats-io/nats-server/v2)
store=${NATS_STORE:-$work}
mkdir -p "$store"
cd "$store"
for node in n1 n2 n3; do
  "$work/nats-server" -c "$conf/$node.conf" --log "$store/$node.log" &
  nodes+=($!)
done

healthy() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1" && printf 'GET /healthz HTTP/1.0\r\n\r\n' >&3 && grep -q '200 OK' <&3) 2>/dev/null
}
for port in 8222 8223 8224; do
  until healthy "$port"; do
    for node in "${nodes[@]}"; do
      kill -0 "$node" 2>/dev/null || { echo "a node has ended; the logs:" >&2; tail -n 5 n?.log >&2; exit 1; }
    done
    sleep 0.1
  done
done
echo "three nodes, logs in $store; Ctrl-C ends them. For durable.Connect:"
user=nats://resthook:$password
echo "$user@127.0.0.1:4222,$user@127.0.0.1:4223,$user@127.0.0.1:4224"
wait -n "${nodes[@]}" || true
echo "a node has ended; the logs:" >&2
tail -n 5 n?.log >&2
exit 1
