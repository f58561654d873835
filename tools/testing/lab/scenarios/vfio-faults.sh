#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-faults
# about: each allocation of opening, using and binding a VF, of its PF's probe, of making VFs, of vDPA is refused in turn
# limit: 2400
# when: named
# where: vm
# kernel: 7.3-debug
# passes: FAULTS_SECONDS FAULTS_EVERY FAULTS_FIRST
#
# FAULTS_SECONDS is how long one operation's faults may take; what is cut says so.
# FAULTS_EVERY=4 FAULTS_FIRST=1 takes the operations 1, 5, 9 and so on; the others are skipped.
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh

seconds=${FAULTS_SECONDS:-120}
every=${FAULTS_EVERY:-1} first=$((${FAULTS_FIRST:-0} % every)) operation=0
pci=/sys/bus/pci/drivers
vdpa=/sys/bus/vdpa/drivers

# What the kernel itself does not survive without a warning (7.3) is spared, by operation:
# a file in /proc that was not made is missed when an interrupt is freed
spared=register_handler_proc,register_irq_proc
# a group of vfio without a name is released as if it had been registered
spared_when_bound=vfio_create_group
# a function without a name, or that is not added, is worth a warning
spared_when_made=pci_iov_add_virtfn

# taken: is the next operation one of this run's?
taken() { [ $((operation++ % every)) = $first ]; }

left_out() { skip "$1" "one operation in $every is taken"; }

# refuse LABEL FLOOR MODULE OPERATION...: MODULE is - for the whole kernel
refuse() {
	local label=$1 floor=$2 below=$3 status=0 options=()
	shift 3
	[ "$below" = - ] || options=(-m "$below")
	"$VFIO_TESTS/faults" -f "$floor" -t "$seconds" -s "$spared" "${options[@]}" "$@" >"$tmp/faults" 2>&1 || status=$?
	sed 's/^/# /' "$tmp/faults"
	check_that "$label, ${below/#-/the whole kernel}: refused one by one" [ $status = 0 ]
}

# faults: the same, when it is taken
faults() {
	if taken; then
		refuse "$@"
	else
		left_out "$1, ${3/#-/the whole kernel}"
	fi
}

start
if [ ! -d /sys/kernel/debug/failslab ] || [ ! -e $kmemleak ]; then
	not_ok "this kernel refuses no allocations, or does not look for lost ones: run it on 7.3-debug"
	finish
	exit
fi
modprobe -a iommufd vfio_iommu_type1

check_that "driverctl binds virtio-vfio-pci" transitional rp0 2
udevadm settle --timeout=60
export VFIO_ACCESS
for VFIO_ACCESS in group cdev; do
	faults "a VF in use by $VFIO_ACCESS" 10 virtio_vfio_pci use "$vf"
	# a command needs no memory of its own
	faults "a VF in use by $VFIO_ACCESS" 0 virtio_pci use "$vf"
	faults "a VF in use by $VFIO_ACCESS" 30 - use "$vf"
done
echo "$vf" >$pci/virtio-vfio-pci/unbind
spared_else=$spared spared=$spared_when_bound
bind=("$pci/virtio-vfio-pci/bind" "$vf" "$pci/virtio-vfio-pci/unbind" "$vf")
faults "a VF is bound" 3 virtio_vfio_pci write "${bind[@]}"
faults "a VF is bound" 0 virtio_pci write "${bind[@]}"
faults "a VF is bound" 10 - write "${bind[@]}"
set_vfs "$pf" 0
spared=$spared_when_made
for module in virtio_pci -; do
	faults "VFs are made" 5 $module write "/sys/bus/pci/devices/$pf/sriov_numvfs" 2 \
		"/sys/bus/pci/devices/$pf/sriov_numvfs" 0
done
spared=$spared_else
for port in rp0 rp1; do
	if ! taken; then
		left_out "the PF behind $port is probed, and its VFs work"
		continue
	fi
	pf=$(pf_of $port)
	echo "$pf" >$pci/virtio-pci/unbind
	refuse "the PF behind $port is probed" 5 virtio_pci write $pci/virtio-pci/bind "$pf" $pci/virtio-pci/unbind "$pf"
	echo "$pf" >$pci/virtio-pci/bind
	udevadm settle --timeout=60
	check_that "VFs, once more" transitional $port 1
	export VFIO_DEVICE=$vf
	for program in bar0 reset; do
		results_of "afterwards, $port" "$VFIO_TESTS/${program}_test"
	done
done

# a disk: 7.3's virtio_net loses its XPS maps when it cannot be registered
modprobe -a vdpa_sim_blk vhost_vdpa virtio_vdpa
check_that "a simulated vDPA device" vdpa dev add name faulty mgmtdev vdpasim_blk
for driver in virtio_vdpa vhost_vdpa; do
	[ ! -e "$vdpa/$driver/faulty" ] || echo faulty >"$vdpa/$driver/unbind"
done
for driver in virtio_vdpa vhost_vdpa; do
	faults "a vDPA device is bound" 1 $driver write $vdpa/$driver/bind faulty $vdpa/$driver/unbind faulty
done
echo faulty >$vdpa/vhost_vdpa/bind
wait_for 20 test -c /dev/vhost-vdpa-0
# a simulated device has its own translation: no domain has to be made
faults "a vDPA device is opened" 0 vhost_vdpa open /dev/vhost-vdpa-0
faults "a vDPA device is opened" 1 - open /dev/vhost-vdpa-0
check_that "it is removed" vdpa dev del faulty
check_that "the kernel finds nothing lost" nothing_lost
finish
