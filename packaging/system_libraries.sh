#!/bin/sh
# Installs the system libraries that Qt, OpenCV and mediapipe load on Linux and do not bring along (Debian, Ubuntu and
# their kin), when root or sudo without a password allows it. Otherwise names them in one line to copy and ends with 1.
# Usage: system_libraries.sh [PYTHON]   (that Python must be able to make virtual environments)
set -u

PATH="$PATH:/usr/sbin:/sbin"
python="${1:-python3}"

# library as the loader names it : Debian package that brings it
needed="
libEGL.so.1:libegl1
libGL.so.1:libgl1
libGLESv2.so.2:libgles2
libX11.so.6:libx11-6
libX11-xcb.so.1:libx11-xcb1
libdbus-1.so.3:libdbus-1-3
libfontconfig.so.1:libfontconfig1
libglib-2.0.so.0:libglib2.0-0
libwayland-client.so.0:libwayland-client0
libwayland-cursor.so.0:libwayland-cursor0
libwayland-egl.so.1:libwayland-egl1
libxcb-cursor.so.0:libxcb-cursor0
libxcb-icccm.so.4:libxcb-icccm4
libxcb-image.so.0:libxcb-image0
libxcb-keysyms.so.1:libxcb-keysyms1
libxcb-randr.so.0:libxcb-randr0
libxcb-render.so.0:libxcb-render0
libxcb-render-util.so.0:libxcb-render-util0
libxcb-shape.so.0:libxcb-shape0
libxcb-shm.so.0:libxcb-shm0
libxcb-sync.so.1:libxcb-sync1
libxcb-util.so.1:libxcb-util1
libxcb-xfixes.so.0:libxcb-xfixes0
libxcb-xkb.so.1:libxcb-xkb1
libxkbcommon.so.0:libxkbcommon0
libxkbcommon-x11.so.0:libxkbcommon-x11-0
"

[ "$(uname -s)" = Linux ] || exit 0
command -v ldconfig >/dev/null || exit 0

known=$(ldconfig -p)
missing=""
libraries=""
for pair in $needed; do
    case "$known" in
    *"${pair%%:*} "*) ;;
    *) missing="$missing ${pair##*:}" libraries="$libraries ${pair%%:*}" ;;
    esac
done
find /usr/share/fonts /usr/local/share/fonts "${HOME:-/}/.fonts" "${HOME:-/}/.local/share/fonts" \
    -name '*.[to]t[fc]' 2>/dev/null | grep -q . || missing="$missing fonts-dejavu-core"
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])') || exit 1
    missing="$missing python$version-venv"
fi
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "fer_live needs libraries that this system lacks; install them with its package manager:$libraries" >&2
    exit 1
fi
if [ "$(id -u)" = 0 ]; then
    as_root="env"
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root="sudo -n env"
else
    echo "fer_live needs system libraries that only an administrator can install. Copy this line, then make again:" >&2
    echo "sudo apt-get update && sudo apt-get install -y --no-install-recommends$missing" >&2
    exit 1
fi

echo "Installing system libraries:$missing"
# shellcheck disable=SC2086  # the packages and the words of the prefix are separate words
$as_root apt-get update -qq || echo "The package lists could not all be renewed; going on with what is known." >&2
# shellcheck disable=SC2086
if ! $as_root DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; then
    echo "Could not install them. Copy this line, then make again:" >&2
    echo "sudo apt-get update && sudo apt-get install -y --no-install-recommends$missing" >&2
    exit 1
fi
