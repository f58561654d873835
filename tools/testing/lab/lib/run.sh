# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The subcommands of `lab`.
# Needs: everything else in lib/.

OUT=$LAB_TOP/out
SETUP_KERNELS=(6.1 6.12)

lab_packages() {
	local packages
	mapfile -t packages < <(package_list "$LAB_DIR/lib/packages.host")
	packages_need "${packages[@]}"
}

# lab_setup [KERNEL...]: packages first, for the rest needs them; then the
# emulator, which takes the longest, beside all that is fetched.
lab_setup() {
	local kernel
	[ $# -gt 0 ] || set -- "${SETUP_KERNELS[@]}"
	for kernel in "$@"; do
		kernel_known "$kernel"
	done
	lab_packages
	image_allowed
	# with an empty cache all that follows needs the lists: no network is said once
	[ -e "$LAB_CACHE/apt/updated" ] || lab_apt_update
	# a process group of its own, so that it can be ended as a whole
	set -m
	qemu_path >/dev/null &
	QEMU_BUILD_JOB=$!
	set +m
	trap setup_end EXIT
	trap 'setup_interrupted 130' INT
	trap 'setup_interrupted 143' TERM HUP
	for kernel in "$@"; do
		kernel_need "$kernel"
	done
	image_fetch
	wait "$QEMU_BUILD_JOB" || exit 125	# which has said why
	trap - EXIT INT TERM HUP
}

setup_end() {
	if kill -0 -- "-$QEMU_BUILD_JOB" 2>/dev/null; then
		kill -- "-$QEMU_BUILD_JOB"
	fi
}

setup_interrupted() {
	say "interrupted; the next setup goes on from here"
	exit "$1"
}

need_terminal() { [ -t 0 ] && [ -t 1 ] || die "-T wants a terminal"; }
need_value() { [ "$1" -ge 2 ] || die "$2"; }

# patience: how many times as long as on an idle machine things may take. Limits end what
# hangs; a machine with much else to do is slow, and no reason to call that a failure.
patience() { echo "${LAB_PATIENCE:-$((1 + $(cut -d. -f1 /proc/loadavg) / 8))}"; }

# Options that run and shell share; what is left over is in REST.
parse_options() {
	local slower=1
	KERNEL=6.1 SHARE=$LAB_TOP MODE=ro LIMIT=600 OUTPUT=64 RUNNER=()
	while [ $# -gt 0 ]; do
		case $1 in
		-k) need_value "$#" "-k takes a kernel"; KERNEL=$2; shift 2 ;;
		-s) need_value "$#" "-s takes a folder"; SHARE=$2; shift 2 ;;
		-w) MODE=rw; shift ;;
		-o) need_value "$#" "-o takes MiB"; OUTPUT=$2; shift 2 ;;
		-t) need_value "$#" "-t takes seconds"; LIMIT=$2; shift 2 ;;
		-i) RUNNER+=(--stdin); shift ;;
		-T) need_terminal; RUNNER+=(--tty --env "TERM=${TERM:-linux}"); shift ;;
		-e) need_value "$#" "-e takes NAME=VALUE"; RUNNER+=(--env "$2"); shift 2 ;;
		--expect-splat) RUNNER+=(--expect-splat); shift ;;
		--) shift; break ;;
		-*) die "unknown option $1; lab help shows them" ;;
		*) break ;;
		esac
	done
	REST=("$@")
	# what finds mistakes in a driver makes everything several times slower
	case $KERNEL in
	*-debug) slower=4 ;;
	esac
	LAB_PATIENCE=$(patience)
	slower=$((slower * LAB_PATIENCE))
	export LAB_PATIENCE LAB_BOOT=${LAB_BOOT:-$((120 * slower))} LAB_SILENCE=${LAB_SILENCE:-$((60 * slower))}
	[ -d "$SHARE" ] || die "no folder $SHARE to share"
	[[ $LIMIT =~ ^[0-9]+$ ]] || die "-t takes a number of seconds, not $LIMIT"
	[[ $OUTPUT =~ ^[0-9]+$ ]] || die "-o takes a number of MiB, not $OUTPUT"
	RUNNER+=(--output "$((OUTPUT << 20))")
}

# modules_for RELEASE: the folder with our modules, or nothing. The kernel's own must be asked
# for: what is tested on them by mistake says nothing of ours.
modules_for() {
	local modules=${LAB_MODULES:-$OUT/modules/$1}
	[ "${LAB_MODULES:-}" != none ] || return 0
	[ -z "${LAB_MODULES:-}" ] || [ -d "$modules" ] || die "LAB_MODULES=$modules is not a folder"
	[ -d "$modules" ] || die "no modules of ours are built for $1, $modules is not there:" \
		"make KDIR=\$(tools/testing/lab/lab kdir $KERNEL) builds them, LAB_MODULES=none takes the kernel's own"
	readlink -f "$modules"
}

# start_vm OPTIONS RUNNER-ARGUMENTS...: become the runner.
start_vm() {
	local options=$1 kernel release initramfs qemu modules folder
	shift
	lab_setup "$KERNEL"
	kernel=$(kernel_dir "$KERNEL")
	release=$(cat "$kernel/release")
	modules=$(modules_for "$release")
	initramfs=$(initramfs_fetch "$kernel" "$modules")
	qemu=$(qemu_path)
	# where the VM finds it as out/guest; a fraction of a second when it is there
	"$LAB_DIR/guest/build" >/dev/null
	folder=$OUT/lab/$(date +%Y%m%d-%H%M%S)-$$
	mkdir -p "$folder"
	drop_old "$OUT/lab"
	kernel_keep "$KERNEL"
	touch -c "$(dirname "$(image_path)")"
	qemu_arguments "$qemu" "$kernel" "$initramfs" "$(readlink -f "$SHARE")" "$MODE" "$options" \
		>"$folder/command"
	printf '%s\n' -fsdev "local,id=out,path=$(commas "$folder"),security_model=none,multidevs=remap" \
		-device virtio-9p-pci,fsdev=out,mount_tag=lab-out >>"$folder/command"
	ln -sfn "${folder##*/}" "$OUT/lab/last"
	echo $$ >"$folder/pid"
	say "booting $release, ${modules:+modules of $modules, }consoles in $folder"
	exec /usr/bin/python3 -B "$LAB_DIR/lib/runner.py" --folder "$folder" \
		--env "LAB_KERNEL=$KERNEL" --env "LAB_LOAD=$(cut -d. -f1 /proc/loadavg)" \
		--env "LAB_PATIENCE=$LAB_PATIENCE" "$@"
}

lab_run() {
	parse_options "$@"
	[ ${#REST[@]} -gt 0 ] || REST=(true)
	start_vm "" --limit "$LIMIT" "${RUNNER[@]}" -- "${REST[@]}"
}

lab_shell() {
	parse_options "$@"
	[ -t 0 ] && [ -t 1 ] || die "lab shell wants a terminal; use: lab run -- COMMAND"
	start_vm "lab.vfs=all" --tty --env "TERM=${TERM:-linux}" "${RUNNER[@]}" -- \
		bash --rcfile /usr/lib/lab/profile -i
}

# header FILE FIELD: from a scenario's first comments
header() { sed -n "s/^# $2: *//p" "$1" | head -n 1; }

lab_list() {
	local file
	for file in "${LAB_SCENARIOS:-$LAB_DIR/scenarios}"/*; do
		[ -f "$file" ] || continue
		[ -n "$(header "$file" name)" ] || continue
		printf '%-24s %-5s %s\n' "$(header "$file" name)" "$(header "$file" where)" \
			"$(header "$file" about)"
	done
}

lab_kdir() {
	local kernel
	kernel=$(lab_kernel "$@")
	readlink -f "$kernel/kdir"
}

lab_kernel() {
	[ $# -eq 1 ] || die "name one kernel: $(kernel_names)"
	lab_packages
	kernel_need "$1"
	kernel_keep "$1"
	kernel_dir "$1"
}

lab_has() {
	[ $# -eq 1 ] || die "name one kernel: $(kernel_names)"
	kernel_known "$1"
	[ -e "$(kernel_home "$1")/release" ]
}

lab_source() {
	[ $# -gt 1 ] || die "name a kernel and paths of its source"
	source_fetch "$@"
}

# Only processes that run a VM of this tree: the folder is among their words.
lab_stop() {
	local file pid
	for file in "$OUT"/lab/*/pid; do
		[ -e "$file" ] || continue
		pid=$(cat "$file")
		if tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qxF "$(dirname "$file")"; then
			kill "$pid" && say "ended $(basename "$(dirname "$file")")"
		fi
	done
}
