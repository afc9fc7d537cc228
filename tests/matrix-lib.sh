# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0
#
# Shell functions of system-matrix.at, to be sourced after peers-lib.sh: hosts,
# and transfers between them, in bridge br0 with ports exc0 and exc1, internal
# port int0, and vhost-user port vh0.  Those to do are in "$cells".

cells=cells.txt

matrix () {
    "$PYTHON3" -SE "$abs_top_srcdir/tests/matrix.py" "$@"
}

# at NETNS ARG...: runs ip with ARGs for namespace NETNS, "-" for this one.
at () {
    if test "$1" = -; then
        shift
        ip "$@"
    else
        ip -n "$@"
    fi
}

# host NETNS DEVICE NUMBER
#
# Moves the device to the namespace, which is made unless it is there, gives it
# addresses, and makes one with a tag on it, and a tunnel to the other host.  As
# in the other tests with an internal port, that one stays: OVS asks for it by
# its name.
host () {
    if test "$1" != - && ! test -e "/run/netns/$1"; then
        ip netns add "$1" && echo "$1" >> netns.txt &&
            ip link set "$2" netns "$1" || return
    fi
    # A tunnel that a group before this one could not remove.
    ! at "$1" link show x5 >/dev/null 2>&1 || at "$1" link del x5 || return
    {
        echo "link set lo up"
        echo "link set $2 mtu $mtu up"
        echo "link add link $2 name v7 type vlan id 7"
        echo "link add x5 type vxlan id 5 remote 10.1.0.$((3 - $3))" \
            "dstport 4789"
        for net in "$2":1 v7:7 x5:5; do
            echo "link set ${net%:*} up"
            echo "addr add 10.${net#*:}.0.$3/24 dev ${net%:*}"
            echo "addr add fd${net#*:}::$3/64 dev ${net%:*} nodad"
        done
        echo "link set x5 mtu $((mtu - 50))"
    } | at "$1" -batch -
}

# unhost NETNS DEVICE: undoes it, but leaves a guest's device where it is.
unhost () {
    printf '%s\n' "link del v7" "link del x5" "addr flush dev $2" |
        at "$1" -batch - || return
    case $1 in
        - | guest) ;;
        *) ip -n "$1" link set "$2" netns $$ && ip netns del "$1" ;;
    esac
}

# pair PEER FAR DEVICE
#
# Does the transfers between the host behind exc0, which is there, and PEER,
# whose device is DEVICE in namespace FAR.  What arrives there is verified, if
# it is what a wire would have: with TSO the kernel behind another excpath port,
# an internal one, or a guest that has agreed gets partial checksums, and that
# is what they are for.
pair () {
    peer=$1 far=$2 device=$3 look=
    case $tso,$peer in
        false,excpath | false,internal | *,plain-guest) look=yes ;;
    esac
    # Whoever had these addresses before had others of Ethernet.
    ip -n near neigh flush all && host "$far" "$device" 2 &&
    reach near 10.1.0.2 &&
    { test -z "$look" || start_capture "$far" "$device"; } || return
    : > sent.txt
    matrix run "$cells" "$mtu" "$peer" near "$far" sent.txt > result.txt
    { test -z "$look" || stop_capture near 10.1.0.2; } && done_all &&
    { test -z "$look" || check_capture capture.pcap "$mtu" sent.txt; }
}

# done_all: whether result.txt, of matrix.py, says that all has been done.
done_all () {
    expected=$(grep -c "^$EXCPATH_BACKEND $tso $mtu $peer " "$cells")
    echo "$tso $mtu $peer: $(tail -n 1 result.txt) of $expected" >> done.txt
    test "$(cat result.txt)" = "$expected" || {
        cat result.txt >&2
        return 1
    }
}

# guest_is FORM: has the guest be one of that form.
guest_is () {
    test "$guest_form" = "$1" || {
        guest_none && start_guest vh0 guest "$1" "$mtu" && guest_form=$1
    }
}

guest_none () {
    test -z "$guest_form" || { stop_guest guest && guest_form=; }
}

# Each of these does the transfers with one kind of peer.

peer_excpath () {
    # What arrives there is looked at, and a worker does not hear of what is
    # switched off in another namespace.
    test "$tso" = true || {
        ethtool -K exc1 gro off >/dev/null &&
        wait_until 'test "$(iface exc1 status:excpath_gro)" = off'
    } || return
    pair excpath far exc1 && unhost far exc1
}

peer_internal () {
    pair internal - int0 && unhost - int0
}

peer_plain_guest () {
    guest_is plain && pair plain-guest guest eth0 && unhost guest eth0
}

# Large frames go whole to a guest that has agreed, and come whole from it.
peer_guest () {
    guest_is offloads && pair guest guest eth0 || return
    if test "$mtu" = 1500; then
        cut=$(coverage excpath_offload_segment)
        large frames_out near guest 10.1.0.2 &&
        large frames_in guest near 10.1.0.1 &&
        test "$(coverage excpath_offload_segment)" = "$cut"
    fi && unhost guest eth0
}

# large COUNT FROM TO ADDRESS
#
# Sends a megabyte from namespace FROM to ADDRESS, in TO.  Whether the frames
# that COUNT, frames_in or frames_out, counts at vh0 are large, on average.
large () {
    before=$($1 vh0) && tcp "$2" "$3" "$4" 1000000 && after=$($1 vh0) &&
    echo "$1: from $before to $after" >> sizes.txt &&
    echo "$before $after" | awk '{ exit ($4 - $2) / ($3 - $1) < 2000 }'
}

# What goes to the kernel behind exc1 also goes to two ports without offloads:
# net_null, and one that is captured.  That is DPDK's net_pcap, or for MTUs that
# it is not made for, that of a guest.
peer_null () {
    ovs-vsctl --timeout=60 add-port br0 null0 -- set Interface null0 type=dpdk \
        mtu_request="$mtu" options:dpdk-devargs=net_null_null0,no-rx=1 || return
    if test "$mtu" = 1500; then
        copy=cap0
        rm -f capture.pcap
        ovs-vsctl --timeout=60 add-port br0 cap0 -- \
            set Interface cap0 type=dpdk \
            options:dpdk-devargs="net_pcap_cap0,tx_pcap=$PWD/capture.pcap"
    else
        copy=vh0
        guest_is plain && ip -n guest link set eth0 mtu "$mtu" up &&
        start_capture guest eth0
    fi &&
    test "$(iface null0 error)$(iface $copy error)" = '[][]' &&
    # In this order, so that null0 does not get fewer than the other one.
    ovs-ofctl mod-port br0 $copy no-flood &&
    ovs-ofctl mod-port br0 null0 no-flood &&
    ovs-ofctl add-flow br0 \
        priority=40000,in_port=exc0,actions=output:null0,output:$copy,NORMAL &&
    pair null far exc1 || return
    if test $copy = cap0; then
        ovs-vsctl --timeout=60 del-port cap0
    else
        stop_capture near 10.1.0.2 && ovs-ofctl mod-port br0 vh0 flood
    fi &&
    ovs-ofctl --strict del-flows br0 priority=40000,in_port=exc0 &&
    check_capture capture.pcap "$mtu" sent.txt &&
    null_frames=$(frames_out null0) && test "${null_frames% *}" -ge "$captured" || {
        echo "$captured frames were captured; null0: $null_frames" >&2
        return 1
    }
    ovs-vsctl --timeout=60 del-port null0 &&
    unhost far exc1
}

# every_peer TSO MTU: does the transfers for these, with all peers.
every_peer () {
    tso=$1 mtu=$2 guest_form=
    peers=$(sed -n "s/^$EXCPATH_BACKEND $tso $mtu \([^ ]*\) .*/\1/p" "$cells" |
        uniq)
    test -n "$peers" || return 0
    for port in exc0 exc1 int0; do
        ovs-vsctl --timeout=60 set Interface $port mtu_request="$mtu" || return
    done
    # Where it is up, the kernel answers for int0's address there, too.
    ip link set exc1 down && host near exc0 1 || return
    for peer in $peers; do
        peer_"$(echo "$peer" | tr - _)" || {
            echo "failed: $tso $mtu $peer" >&2
            what_dropped
            return 1
        }
    done
    guest_none && unhost near exc0
}
