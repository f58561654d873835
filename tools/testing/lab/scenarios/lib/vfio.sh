# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154  # tmp, of ktap.sh
# VFs driven by virtio-vfio-pci, and the programs that test them.
# Needs: ktap.sh, card.sh.

VFIO_TESTS=/lab/out/selftests/vfio
pf='' vf='' vfs=()

# transitional ROOTPORT COUNT: VFs, as an administrator provides them. Their
# addresses are then in $vfs, the first of them in $vf, the PF's in $pf.
transitional() {
	pf=$(pf_of "$1") || { echo "# no PF behind $1"; return 1; }
	echo 0 >"/sys/bus/pci/devices/$pf/sriov_drivers_autoprobe"
	set_vfs "$pf" "$2" || return 1
	mapfile -t vfs < <(vfs_of "$pf")
	vf=${vfs[0]}
	for one in "${vfs[@]}"; do
		driverctl set-override "$one" virtio-vfio-pci || return 1
	done
	[ "$(driver_of "$vf")" = virtio-vfio-pci ]
}

# bind_mapped ADDRESS: a VF, bound so that its modern registers can be mapped
bind_mapped() {
	local parameter=/sys/module/virtio_vfio_pci/parameters/trap_modern status=0
	echo N >"$parameter"
	give_to virtio-vfio-pci "$1" || status=1
	echo Y >"$parameter"
	return $status
}

# results_of LABEL COMMAND...: the results of a program that prints KTAP, each as
# one of this scenario's. A program that ends before its plan does is a failure.
results_of() {
	local label=$1 line text planned=-1 seen=0 failed=0 status=0
	shift
	"$@" >"$tmp/ktap" 2>&1 || status=$?
	while IFS= read -r line; do
		case $line in
		1..*) planned=${line#1..} ;;
		"ok "* | "not ok "*)
			seen=$((seen + 1)) ktap_count=$((ktap_count + 1))
			case $line in not*) failed=$((failed + 1)) ;; esac
			text=${line#*ok }
			echo "${line%%ok *}ok $ktap_count - $label: ${text#* }"
			;;
		KTAP*) ;;
		*) echo "# ${line#\# }" ;;
		esac
	done <"$tmp/ktap"
	if [ "$seen" != "$planned" ] || { [ $status != 0 ] && [ $failed = 0 ]; }; then
		not_ok "$label: $seen of $planned results, status $status"
	fi
}

# both_types PROGRAM...: a net and a block VF bound by driverctl, and these tests on each
both_types() {
	local type name port program
	for type in net:rp0 blk:rp1; do
		IFS=: read -r name port <<<"$type"
		check_that "$name: driverctl binds virtio-vfio-pci" transitional "$port" 1
		export VFIO_DEVICE=$vf
		for program in "$@"; do
			results_of "$name" "$VFIO_TESTS/${program}_test"
		done
	done
}

# program LABEL NAME ARGUMENTS...: a tool that tells by its status
program() {
	local label=$1 name=$2
	shift 2
	check_that "$label" "$VFIO_TESTS/$name" "$@"
}

# The plan comes last: it is the sum of what the programs have.
start() { echo "KTAP version 1"; }
finish() { echo "1..$ktap_count"; }
