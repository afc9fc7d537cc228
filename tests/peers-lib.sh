# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0
#
# Shell functions of system tests whose packets go to vhost-user ports, or are
# captured and verified.  To be sourced after system-lib.sh.

# start_guest PORT NETNS FORM MTU
#
# Starts what is to vhost-user port PORT like a guest: an application of DPDK's,
# testpmd, which connects it to device "eth0" of a new namespace, NETNS.  With
# FORM "plain" it has negotiated no offloads, with "offloads" all that there
# are, which needs vhost-net: the driver for taps cannot do that, nor MTUs over
# 1500.  That it runs in the namespace also has ovs_cleanup end it.
start_guest () {
    guest_port=$1 guest=$2 guest_mtu=$4
    kernel="net_tap0,iface=eth0"
    if test -c /dev/vhost-net; then
        kernel="net_virtio_user1,path=/dev/vhost-net,iface=eth0,queue_size=1024"
        kernel="$kernel,in_order=0,mac=02:00:00:00:00:0b"
    fi
    rm -f "$run/stdin" "$run/$1.sock" guest.log
    mkfifo "$run/stdin" && ip netns add "$guest" && echo "$guest" >> netns.txt &&
    guest_commands "$3" > guest.cmd || return
    # From each side: checksums of TCP and UDP, LRO or TSO, several segments.
    case $3 in
        plain) set -- ;;
        offloads) set -- --rx-offloads=0x201c --tx-offloads=0x802c ;;
    esac
    ip netns exec "$guest" stdbuf -oL dpdk-testpmd --lcores=0@0,1@0 \
        --main-lcore=0 --no-pci --no-huge -m 256 --no-shconf --no-telemetry \
        --vdev="net_virtio_user0,path=$run/$guest_port.sock,server=1,queue_size=1024" \
        --vdev="$kernel" -- -i --cmdline-file=guest.cmd --mbuf-size=9728 \
        --total-num-mbufs=8192 --rxd=1024 --txd=1024 "$@" \
        <> "$run/stdin" > guest.log 2>&1 &
    guest_pid=$!
    # The port does not take another MTU while there is no guest, nor when one
    # comes back.
    wait_until "grep -qs 'Interactive-mode selected' guest.log" &&
    wait_until "grep -q 'packet forwarding - ports=2' guest.log &&
                ip -n '$guest' link show eth0 >/dev/null 2>&1 &&
                test \"\$(iface '$guest_port' link_state)\" = up" &&
    guest_yields &&
    ovs-vsctl --timeout=60 set Interface "$guest_port" \
        mtu_request="$guest_mtu" &&
    wait_until "test \"\$(iface '$guest_port' mtu)\" = '$guest_mtu'" && return
    cat guest.log >&2
    return 1
}

# guest_yields: has testpmd, which polls, as the PMD thread does on the other
# CPU, leave its CPU to whatever has something to do.
guest_yields () {
    # One process identifier a thread.
    # shellcheck disable=SC2046
    renice -n 19 $(ls "/proc/$guest_pid/task") >/dev/null
}

# guest_commands FORM: prints what testpmd has to be told.
guest_commands () {
    if test "$1" = offloads; then
        echo port stop all
        for number in 0 1; do
            echo csum set tcp hw $number
            echo csum set udp hw $number
            echo csum mac-swap off $number
            echo tso set 1400 $number
        done
        echo port start all
        echo set fwd csum
    fi
    echo start
}

# stop_guest NETNS: ends the guest, and removes its namespace.
stop_guest () {
    echo quit >> "$run/stdin" &&
    wait_until "test -z \"\$(ip netns pids '$1')\"" &&
    ip netns del "$1"
}

# frames_out PORT, frames_in PORT: print how many frames and bytes went to port
# PORT of br0 or came from it.
frames_out () {
    ovs-ofctl dump-ports br0 "$1" |
        sed -n 's/.* tx pkts=\([0-9]*\), bytes=\([0-9]*\),.*/\1 \2/p'
}

frames_in () {
    ovs-ofctl dump-ports br0 "$1" |
        sed -n 's/.* rx pkts=\([0-9]*\), bytes=\([0-9]*\),.*/\1 \2/p'
}

# start_capture NETNS DEVICE
#
# Has what arrives at the device written to capture.pcap.  The kernel must not
# make large frames of several before that.
start_capture () {
    case $1 in
        -) set -- "$2" ;;
        *) set -- "$2" ip netns exec "$1" ;;
    esac
    device=$1
    shift
    rm -f capture.pcap tcpdump.txt
    ! "$@" ethtool -k "$device" | grep -q 'generic-receive-offload: on' ||
        "$@" ethtool -K "$device" gro off >/dev/null || return
    "$@" tcpdump -U --immediate-mode -B 98304 -Q in -n -i "$device" \
        -w capture.pcap > tcpdump.txt 2>&1 &
    capture_pid=$!
    wait_until 'grep -qs listening tcpdump.txt'
}

# stop_capture FROM ADDRESS
#
# Ends that, once a last packet, from namespace FROM to ADDRESS, has been
# written.
stop_capture () {
    in_netns "$1" ping -n -q -c 1 -w 20 -p 7468652d656e64 "$2" >/dev/null &&
    wait_until 'grep -qs the-endthe-end capture.pcap'
    status=$?
    kill "$capture_pid"
    wait "$capture_pid"
    grep -q '^0 packets dropped' tcpdump.txt || cat tcpdump.txt >&2
    return $status
}

# check_capture FILE MTU [SENT]
#
# Whether all is right with the packets in FILE, as capture.py and tcpdump see
# it, which have to agree on how many checksums there are, and SENT says what
# has to be among them.  "$captured" is how many frames there are, "$checksums"
# those checksums.
check_capture () {
    test $# = 2 || test -s "$3" || {
        echo "nothing was sent that could be in $1" >&2
        return 1
    }
    "$PYTHON3" -SE "$abs_top_srcdir/tests/capture.py" "$@" > checked.txt || {
        cat checked.txt >&2
        return 1
    }
    tcpdump -n -vv -r "$1" > tcpdump.out 2>tcpdump.err || {
        cat tcpdump.err >&2
        return 1
    }
    right=$(grep -oE '\(correct\)|sum ok\]' tcpdump.out | wc -l)
    read -r captured checksums < checked.txt
    echo "MTU $2: $captured frames, $checksums checksums, $right right" \
        >> captures.txt
    ! grep -E 'incorrect|bad (cksum|(udp|icmp6) cksum)|wrong icmp cksum' \
        tcpdump.out >&2 &&
    test "$right" = "$checksums" || {
        tail -n 1 captures.txt >&2
        return 1
    }
}
