# Shared by scripts/demo and scripts/test: what a fresh Debian 12 needs, each step with its time.
# Sourced, not run. Idempotent; as root or with sudo.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
toolchain=$root/.toolchain
export PATH="$toolchain/node_modules/.bin:$PATH"
jobs=$(nproc)

build_packages=(g++ cmake ninja-build ccache mold pkg-config git ca-certificates libboost1.81-dev libboost-json1.81-dev
    libsqlite3-dev libpq-dev libssl-dev libsodium-dev libfasttext-dev libvips-dev libfmt-dev libcli11-dev libexpected-dev
    libutf8proc-dev libyaml-cpp-dev zlib1g-dev libprotozero-dev libcurl4-openssl-dev libproj-dev libseccomp-dev libjemalloc-dev gdal-bin fonts-noto-cjk)
test_packages=(libgtest-dev libgmock-dev postgresql-15 chromium openssl python3 procps util-linux xz-utils nginx-light systemd dpkg-dev python3-aiosmtpd)
bench_packages=(nginx-light postgresql-15 postgresql-15-postgis-3 libgeos-dev util-linux)
fuzz_packages=(clang-14 libclang-rt-14-dev)

as_root() { if [[ $EUID -eq 0 ]]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else
    echo "needs root for: $*; run as root or install sudo" >&2; exit 1; fi; }

# step NAME COMMAND…: one line with its time; the output is shown only when it fails.
step() {
    local name=$1 begin=$SECONDS log; shift
    log=$(mktemp)
    printf '%-46s' "$name"
    if "$@" >"$log" 2>&1; then printf '%4d s\n' $((SECONDS - begin)); rm -f "$log"
    else printf 'FAILED after %d s\n' $((SECONDS - begin)); tail -n 60 "$log"; rm -f "$log"; return 1; fi
}

missing_packages() { local name; for name in "$@"; do dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'install ok installed' || echo "$name"; done; }

install_packages() {
    local missing; mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || return 0
    # A private cluster is all that the tests need: none is made for the system.
    as_root mkdir -p /etc/postgresql-common
    [[ -e /etc/postgresql-common/createcluster.conf ]] || echo "create_main_cluster = false" | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
}

# Debian's Node is 18; the web needs 22 or newer. It comes from npm into a folder of ours.
node_is_new() { node -e 'process.exit(+process.versions.node.split(".")[0] >= 22 ? 0 : 1)' 2>/dev/null; }
install_node() {
    node_is_new && [[ -x $toolchain/node_modules/.bin/npm ]] && return 0
    command -v npm >/dev/null || install_packages nodejs npm
    mkdir -p "$toolchain"
    [[ -e $toolchain/package.json ]] || echo '{"private": true}' >"$toolchain/package.json"
    npm install --prefix "$toolchain" --no-audit --no-fund --save-exact node@22 npm@11
    hash -r
    node_is_new
}

# The newest file of the web's sources decides whether it has to be built again.
web_is_built() { [[ -e web/apps/desk/dist/index.html && -z $(find web api -newer web/apps/desk/dist/index.html -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path '*/generated/*' | head -1) ]]; }
install_web() { [[ web/node_modules/.package-lock.json -nt web/package-lock.json ]] || npm ci --prefix web; }
build_web() { npm run build --prefix web; }

configure() { cmake --preset "$1" "${@:2}"; }
