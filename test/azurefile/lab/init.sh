#!/bin/sh
# The guest's first process. It begins on a read-only view of the machine's files, makes a writable one in memory, and goes on there.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
lab=${0%/*}
. "$lab/env"
if [ "$1" != again ]; then
	mount -t proc proc /proc
	modprobe -d "$lab/modules" overlay
	mount -t tmpfs -o size=80% memory /mnt
	mkdir /mnt/upper /mnt/work /mnt/root
	mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work root /mnt/root
	cd /mnt/root
	for dir in run tmp root mnt dev; do mkdir -p $dir; mount -t tmpfs $dir $dir; done
	chmod 1777 tmp; chmod 700 root
	mount -t devtmpfs dev dev
	mkdir -p dev/pts dev/shm dev/mqueue
	for dir in "$lab" $shared; do mkdir -p ".$dir"; mount -t hostfs -o "$dir" "$dir" ".$dir"; done
	umount /proc
	mkdir -p before
	pivot_root . before
	exec chroot . "$lab/init.sh" again </dev/console >/dev/console 2>&1
fi
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devpts -o gid=5,mode=620,ptmxmode=666 pts /dev/pts
mount -t tmpfs -o mode=1777 shm /dev/shm
mount -t cgroup2 cgroup /sys/fs/cgroup
rm -rf /lib/modules /var/lib/docker /var/lib/containerd /etc/docker
mkdir -p /lib/modules /var/lib/docker /var/run
ln -s "/usr/lib/uml/modules/$(uname -r)" /lib/modules/
mount -t tmpfs docker /var/lib/docker
hostname dockerhost
ip link set lo up
ip addr add "$guest/24" dev vec0
ip link set vec0 up
ip route add default via "$host"
printf '127.0.0.1 localhost\n%s dockerhost\n%s %s.file.core.windows.net\n' "$guest" "$host" "$account" >/etc/hosts
: >/etc/resolv.conf
mkdir -p /etc/ssl/certs
cat "$lab/ca.pem" >>/etc/ssl/certs/ca-certificates.crt
# The nft back end of iptables needs what this kernel has not.
for table in iptables ip6tables; do [ ! -x /usr/sbin/$table-legacy ] || ln -sf /usr/sbin/$table-legacy /etc/alternatives/$table; done
modprobe -a br_netfilter iptable_nat iptable_filter xt_addrtype xt_conntrack xt_MASQUERADE veth 2>/dev/null
mkdir -m 700 /root/.ssh
cat "$lab/client.pub" >/root/.ssh/authorized_keys
dropbear -s -B -p "$guest:22" -r "$lab/host.key"
echo ready >"$lab/ready"
while :; do sleep 1000 & wait; done
