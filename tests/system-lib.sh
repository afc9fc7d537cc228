# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0
#
# Shell functions of the system tests.  To be sourced inside a test group,
# where they run an Open vSwitch of their own in the group's directory.

# ovs_start [KEY=VALUE...]
#
# Starts ovsdb-server and ovs-vswitchd, with the given pairs in other_config on
# top of dpdk-init=true and one PMD thread on CPU 1.  The logs are in the
# group's directory, everything else, for the sake of file systems without
# sockets, in a temporary one, "$run".
ovs_start () {
    log=$(pwd) run=$(mktemp -d)
    echo "$run" > run.txt
    OVS_RUNDIR=$run OVS_SYSCONFDIR=$run OVS_DBDIR=$run OVS_LOGDIR=$log
    export OVS_RUNDIR OVS_SYSCONFDIR OVS_DBDIR OVS_LOGDIR
    if test "$(cat /proc/sys/vm/nr_hugepages)" -lt 512; then
        echo 512 > /proc/sys/vm/nr_hugepages
    fi
    ovsdb-tool create "$run/conf.db" "$OVS_SCHEMA" &&
    ovsdb-server --detach --no-chdir --pidfile --log-file -vconsole:off \
        --remote=punix:"$run/db.sock" "$run/conf.db" &&
    ovs-vsctl --no-wait -- init -- set Open_vSwitch . \
        external_ids:system-id=test-host \
        other_config:dpdk-init=true other_config:pmd-cpu-mask=0x2 \
        other_config:dpdk-extra="--no-pci --in-memory --file-prefix=excpath-$$" ||
        return 1
    for setting; do
        ovs-vsctl --no-wait set Open_vSwitch . "other_config:$setting" ||
            return 1
    done
    vswitchd_start
}

ovs_run_dir () {
    cat run.txt
}

vswitchd_start () {
    ovs-vswitchd --detach --no-chdir --pidfile --log-file -vconsole:off \
        unix:"$run/db.sock"
}

vswitchd_pid () {
    cat "$run/ovs-vswitchd.pid"
}

# vswitchd_stop [--cleanup]: ends ovs-vswitchd and waits until it is gone.
vswitchd_stop () {
    pid=$(vswitchd_pid)
    ovs-appctl -t ovs-vswitchd exit "$@" &&
    wait_until "! kill -0 $pid 2>/dev/null"
}

# Ends what the group started.  A port that is still there is removed with its
# tap.
ovs_cleanup () {
    cd "$log"
    test_netns=$(cat netns.txt 2>/dev/null)
    for netns in $test_netns; do
        ip netns pids "$netns" 2>/dev/null | xargs -r kill 2>/dev/null
    done
    for daemon in ovs-vswitchd ovsdb-server; do
        if test -e "$run/$daemon.pid"; then
            pid=$(cat "$run/$daemon.pid")
            ovs-appctl -t $daemon exit --cleanup >/dev/null 2>&1 ||
                kill "$pid" 2>/dev/null
            i=0
            while kill -0 "$pid" 2>/dev/null && test $i -lt 200; do
                sleep 0.1; i=$((i + 1))
            done
            kill -9 "$pid" 2>/dev/null
        fi
    done
    for netns in $test_netns; do
        ip netns del "$netns" 2>/dev/null
    done
    rm -rf "$run"
}

# wait_until CONDITION: waits up to 30 s for the shell command CONDITION.
wait_until () {
    i=0
    until eval "$1"; do
        i=$((i + 1))
        if test $i -gt 300; then
            echo "timed out: $1" >&2
            return 1
        fi
        sleep 0.1
    done
}

# check_logs [PATTERN]: the log of ovs-vswitchd has no warnings, but for those
# that match PATTERN.
check_logs () {
    if grep -E '\|(WARN|ERR|EMER)\|' "$log/ovs-vswitchd.log" |
        grep -vE "timeval|poll_loop|dpdk\||netdev_linux|ofproto_dpif_xlate|\
not supported|does not support|${1:-^\$}"; then
        return 1
    fi
}

# add_bridge NAME
add_bridge () {
    ovs-vsctl add-br "$1" -- set Bridge "$1" datapath_type=netdev \
        fail_mode=secure
}

# add_excpath BRIDGE NAME [COLUMN=VALUE...]
add_excpath () {
    bridge=$1 port=$2
    shift 2
    ovs-vsctl --timeout=60 add-port "$bridge" "$port" -- \
        set Interface "$port" type=excpath "$@"
}

# add_host BRIDGE NAME ADDRESS
#
# Makes network namespace NAME with device "eth0", which has ADDRESS, the other
# end of port "p-NAME" of BRIDGE.
add_host () {
    ip netns add "$2" &&
    echo "$2" >> netns.txt &&
    ip link add "p-$2" type veth peer name eth0 netns "$2" &&
    ethtool -K "p-$2" tx off >/dev/null &&
    ip netns exec "$2" ethtool -K eth0 tx off >/dev/null &&
    ip -n "$2" link set lo up &&
    ip -n "$2" link set eth0 up &&
    ip link set "p-$2" up &&
    ip -n "$2" addr add "$3" dev eth0 ${4:+nodad} &&
    ovs-vsctl add-port "$1" "p-$2"
}

# tap_to_netns NAME ADDRESS
#
# Moves tap NAME to a network namespace of the same name, gives it ADDRESS.
tap_to_netns () {
    ip netns add "$1" &&
    echo "$1" >> netns.txt &&
    ip link set "$1" netns "$1" &&
    ip -n "$1" link set lo up &&
    ip -n "$1" link set "$1" up &&
    ip -n "$1" addr add "$2" dev "$1"
}

# iface NAME COLUMN[:KEY]: prints it, without quotes.
iface () {
    ovs-vsctl --if-exists get Interface "$1" "$2" | sed 's/^"\(.*\)"$/\1/'
}

# in_netns NETNS COMMAND...: runs COMMAND there, here if NETNS is "-".
in_netns () {
    netns=$1
    shift
    if test "$netns" = -; then
        "$@"
    else
        ip netns exec "$netns" "$@"
    fi
}

traffic () {
    "$PYTHON3" -SE "$abs_top_srcdir/tests/traffic.py" "$@"
}

# tcp FROM TO ADDRESS BYTES
#
# Sends BYTES bytes over TCP from namespace FROM to ADDRESS, which is in TO, and
# compares what arrived.
tcp () {
    tcp_port=$((${tcp_port:-5000} + 1))
    : > recv.txt
    in_netns "$2" "$PYTHON3" -SE "$abs_top_srcdir/tests/traffic.py" \
        recv $tcp_port > recv.txt 2> recv.err &
    receiver=$!
    wait_until "grep -q listening recv.txt" &&
    in_netns "$1" timeout 90 "$PYTHON3" -SE "$abs_top_srcdir/tests/traffic.py" \
        send "$3" $tcp_port "$4" > send.txt &&
    wait $receiver && sed 1d recv.txt | cmp - send.txt || {
        kill $receiver 2>/dev/null
        cat recv.txt recv.err send.txt >&2
        return 1
    }
}

# flows FROM TO ADDRESS N: prints how many of N UDP flows arrived.
flows () {
    in_netns "$2" "$PYTHON3" -SE "$abs_top_srcdir/tests/traffic.py" \
        flows-recv 7000 60 > flows.txt &
    receiver=$!
    wait_until "grep -q listening flows.txt" &&
    in_netns "$1" "$PYTHON3" -SE "$abs_top_srcdir/tests/traffic.py" \
        flows-send "$3" 7000 "$4" &&
    wait $receiver && sed 1d flows.txt
}

# what_dropped: prints what Open vSwitch and its ports say of lost packets.
what_dropped () {
    ovs-appctl coverage/show | grep -E 'drop|lock' >&2
    ovs-appctl excpath/stats >&2
    grep -v 'coverage' "$log/ovs-vswitchd.log" | tail -n 20 >&2
}

# reach FROM ADDRESS [OPTION...]: pings ADDRESS from namespace FROM.
reach () {
    from=$1 address=$2
    shift 2
    in_netns "$from" ping -n -q -i 0.2 -c 3 -w 20 "$@" "$address" > ping.txt &&
    grep -q ' 0% packet loss' ping.txt || {
        cat ping.txt >&2
        what_dropped
        return 1
    }
}

# unreachable FROM ADDRESS: waits until pings do not arrive any more.
unreachable () {
    wait_until "! in_netns $1 ping -n -q -c 1 -w 2 $2 >/dev/null 2>&1"
}

# stat_of NAME KEY: prints a statistic of the interface, up to date.
stat_of () {
    ovs-appctl excpath/stats "$1" | sed -n "s/^ *$2: //p" |
        awk '{ n += $1 } END { print n + 0 }'
}
