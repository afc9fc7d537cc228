# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0
#
# Shell functions of the system tests.  To be sourced inside a test group,
# where they run an Open vSwitch of their own in the group's directory, with
# ports whose backend is "$EXCPATH_BACKEND" unless a test asks for another.

# Has the group's Open vSwitch keep its logs in the group's directory and
# everything else, for the sake of file systems without sockets, in a temporary
# one, "$run".
ovs_set_dirs () {
    log=$(pwd) run=$(mktemp -d)
    OVS_RUNDIR=$run OVS_SYSCONFDIR=$run OVS_DBDIR=$run OVS_LOGDIR=$log
    export OVS_RUNDIR OVS_SYSCONFDIR OVS_DBDIR OVS_LOGDIR
}

# ovs_start [KEY=VALUE...]
#
# Starts ovsdb-server and ovs-vswitchd, with the given pairs in other_config on
# top of dpdk-init=true, one PMD thread on CPU 1, and $EXCPATH_SETTINGS.
ovs_start () {
    ovsdb-tool create "$run/conf.db" "$OVS_SCHEMA" &&
    ovsdb-server --detach --no-chdir --pidfile --log-file -vconsole:off \
        --remote=punix:"$run/db.sock" "$run/conf.db" &&
    ovs-vsctl --no-wait -- init -- set Open_vSwitch . \
        external_ids:system-id=test-host \
        other_config:dpdk-init=true other_config:pmd-cpu-mask=0x2 \
        other_config:dpdk-extra="--no-pci --in-memory --file-prefix=excpath-$$" ||
        return 1
    for setting in $EXCPATH_SETTINGS "$@"; do
        ovs-vsctl --no-wait set Open_vSwitch . "other_config:$setting" ||
            return 1
    done
    vswitchd_start
}

vswitchd_start () {
    ovs-vswitchd --detach --no-chdir --pidfile --log-file -vconsole:off \
        unix:"$run/db.sock"
}

# in_vswitchd COMMAND...: runs COMMAND in the mount namespace of ovs-vswitchd.
in_vswitchd () {
    nsenter -m -t "$(vswitchd_pid)" -- "$@"
}

vswitchd_pid () {
    cat "$run/ovs-vswitchd.pid"
}

# vswitchd_fds: how many file descriptors of each kind ovs-vswitchd has, one
# kind a line.  Two kinds that come and go by themselves are left out: memory,
# whose pages DPDK's heap has one descriptor each for (HugePages_Free tells of
# those), and netlink sockets, of which libopenvswitch keeps as many as threads
# have needed at once.  What is closed while it is looked at is not counted.
vswitchd_fds () {
    ls -l "/proc/$(vswitchd_pid)/fd" 2>/dev/null | sed -n 's/.* -> //p' |
        awk 'NR == FNR { netlink["socket:[" $10 "]"]; next }
             /^\/memfd:/ || $0 in netlink { next }
             { sub(/:.*/, ""); sub(/[0-9]+$/, ""); n[$0]++ }
             END { for (kind in n) print n[kind], kind }' \
            /proc/net/netlink - | sort -k 2
}

# vswitchd_tasks: the same of its threads, by their names without numbers.
vswitchd_tasks () {
    cat "/proc/$(vswitchd_pid)/task/"*/comm 2>/dev/null |
        sed 's/[0-9]*$//' | sort | uniq -c
}

# settled COMMAND FILE: writes to FILE what COMMAND, one of the two above,
# prints, once that has been the same for a second: what was deleted before may
# end, and what was added may start, a little later.
settled () {
    $1 > "$2"
    wait_until "sleep 1; cp '$2' '$2.before'; $1 > '$2'
                cmp -s '$2' '$2.before'"
}

# same_fds FILE, same_tasks FILE: wait until ovs-vswitchd has what vswitchd_fds
# or vswitchd_tasks wrote to FILE, and show the difference if that does not
# happen.  A thread, and what it has open, may end a little later.
same_fds () {
    same_as vswitchd_fds "$1"
}

same_tasks () {
    same_as vswitchd_tasks "$1"
}

same_as () {
    wait_until "$1 | cmp -s - '$2'" || {
        $1 | diff "$2" -
        return 1
    }
}

# vswitchd_stop [--cleanup]: ends ovs-vswitchd and waits until it is gone.
vswitchd_stop () {
    pid=$(vswitchd_pid)
    ovs-appctl -t ovs-vswitchd exit "$@" &&
    wait_until "! kill -0 $pid 2>/dev/null"
}

# running PID: whether PID is a daemon of this group.
running () {
    { tr '\0' '\n' < "/proc/$1/cmdline" | grep -qF "$run/"; } 2>/dev/null
}

# Ends what the group started.  A port that is still there is removed with its
# tap.
ovs_cleanup () {
    cd "$log"
    test_netns=$(cat netns.txt 2>/dev/null)
    for netns in $test_netns; do
        ip netns pids "$netns" 2>/dev/null | xargs -r kill 2>/dev/null
    done
    test ! -e pids.txt || kill $(cat pids.txt) 2>/dev/null
    for daemon in ovs-vswitchd ovsdb-server; do
        if test -e "$run/$daemon.pid"; then
            pid=$(cat "$run/$daemon.pid")
            ovs-appctl --timeout=30 -t $daemon exit --cleanup >/dev/null 2>&1 ||
                ! running "$pid" || kill "$pid"
            i=0
            while running "$pid" && test $i -lt 200; do
                sleep 0.1; i=$((i + 1))
            done
            ! running "$pid" || kill -9 "$pid"
        fi
    done
    for netns in $test_netns; do
        ip netns del "$netns" 2>/dev/null
    done
    for device in $(ip -o link show |
        sed -n "s,^[0-9]*: \([^:@]*\).*alias ovs-excpath $run\>.*,\1,p"); do
        ip link del "$device"
    done
    rm -rf "$run"
}

# wait_until CONDITION: waits up to 30 s for the shell command CONDITION.
wait_until () {
    wait_end=$(($(date +%s) + 30))
    until eval "$1"; do
        if test "$(date +%s)" -gt $wait_end; then
            echo "timed out: $1" >&2
            return 1
        fi
        sleep 0.1
    done
}

# check_logs [PATTERN]: the log of ovs-vswitchd has no warnings but for those
# that match PATTERN, or that are of no interest: of a slow machine, and of DPDK
# without 1 GiB hugepages or a second instance.
check_logs () {
    expected='timeval(\([^)]*\))?\|WARN\||ovs_rcu.*waiting for .* to quiesce'
    expected="$expected|worker thread .* gets no CPU time"
    # A packet that is being looked at while ovs-vswitchd ends; Open vSwitch's.
    expected="$expected|recirc_id [0-9]* left allocated when ofproto"
    expected="$expected|EAL: No free 1048576 kB hugepages|TELEMETRY: No legacy"
    if grep -E '\|(WARN|ERR|EMER)\|' "$log/ovs-vswitchd.log" |
        grep -vE "$expected${1:+|$1}" >&2; then
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
    case " $*" in
        *" options:backend="*) ;;
        *) set -- "options:backend=$EXCPATH_BACKEND" "$@" ;;
    esac
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
    # The kernel here gets what arrives at the port, too, and must not answer.
    echo 1 > "/proc/sys/net/ipv6/conf/p-$2/disable_ipv6" &&
    ip link set "p-$2" arp off &&
    ethtool -K "p-$2" tx off >/dev/null &&
    ip netns exec "$2" ethtool -K eth0 tx off >/dev/null &&
    ip -n "$2" link set lo up &&
    ip -n "$2" link set eth0 up &&
    ip link set "p-$2" up &&
    ip -n "$2" addr add "$3" dev eth0 &&
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

# becomes VALUE COLUMN[:KEY] [NAME]: waits until NAME, or exc0, has it.
becomes () {
    wait_until "test \"\$(iface ${3:-exc0} $2)\" = '$1'" ||
        { iface "${3:-exc0}" "$2" >&2; return 1; }
}

# tap_has WHAT: waits until ip says so of exc0.
tap_has () {
    wait_until "ip -o link show exc0 2>/dev/null | grep -q '$1'" ||
        { ip link show exc0 >&2; return 1; }
}

# told PATTERN: waits until ovs-vswitchd's log says so, and prints how often.
told () {
    wait_until "grep -qE '$1' '$log/ovs-vswitchd.log'"
    grep -cE "$1" "$log/ovs-vswitchd.log"
}

# in_netns NETNS COMMAND...: runs COMMAND there, here if NETNS is "-", and in that
# of a process if it is a number.
in_netns () {
    netns=$1
    shift
    case $netns in
        -) "$@" ;;
        [0-9]*) nsenter --net -t "$netns" -- "$@" ;;
        *) ip netns exec "$netns" "$@" ;;
    esac
}

# unnamed_netns: makes a network namespace without a name, and prints the id of a
# process in it.
unnamed_netns () {
    unshare --net sleep 900 >/dev/null 2>&1 &
    echo $! >> pids.txt
    own=$(readlink /proc/self/ns/net)
    wait_until "test \"\$(readlink /proc/$!/ns/net)\" != $own" && echo $!
}

traffic () {
    "$PYTHON3" -SE "$abs_top_srcdir/tests/traffic.py" "$@"
}

# tcp FROM TO ADDRESS BYTES [HOW]
#
# Sends BYTES bytes over TCP from namespace FROM to ADDRESS, which is in TO, and
# compares what arrived.  For HOW see traffic.py.
tcp () {
    tcp_port=$((${tcp_port:-5000} + 1))
    : > recv.txt
    in_netns "$2" "$PYTHON3" -SE "$abs_top_srcdir/tests/traffic.py" \
        recv $tcp_port > recv.txt 2> recv.err &
    receiver=$!
    wait_until "grep -qs listening recv.txt" &&
    in_netns "$1" timeout 90 "$PYTHON3" -SE "$abs_top_srcdir/tests/traffic.py" \
        send "$3" $tcp_port "$4" $5 > send.txt &&
    wait $receiver && sed 1d recv.txt | cmp - send.txt || {
        kill $receiver 2>/dev/null
        cat recv.txt recv.err send.txt >&2
        return 1
    }
}

# flows FROM TO ADDRESS N: prints how many of N UDP flows arrived.
flows () {
    rm -f flows.txt
    in_netns "$2" "$PYTHON3" -SE "$abs_top_srcdir/tests/traffic.py" \
        flows-recv 7000 60 > flows.txt &
    receiver=$!
    wait_until "grep -qs listening flows.txt" &&
    in_netns "$1" "$PYTHON3" -SE "$abs_top_srcdir/tests/traffic.py" \
        flows-send "$3" 7000 "$4" &&
    wait $receiver && sed 1d flows.txt
}

# all_sizes FROM FROM-DEVICE TO TO-DEVICE FIRST LAST
#
# Sends a frame of each of these lengths out of the one device, in namespace
# FROM, and prints what did not arrive at the other one, in TO, as it was.
all_sizes () {
    rm -f frames.txt
    in_netns "$3" "$PYTHON3" -SE "$abs_top_srcdir/tests/frames.py" \
        recv "$4" "$5" "$6" > frames.txt &
    receiver=$!
    wait_until "grep -qs listening frames.txt" &&
    in_netns "$1" "$PYTHON3" -SE "$abs_top_srcdir/tests/frames.py" \
        send "$2" "$5" "$6" &&
    wait $receiver && sed 1d frames.txt
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
    # With a deadline, -w, replies slower than the requests would be taken for
    # losses: it ends as soon as there are enough, with the last still to come.
    in_netns "$from" ping -n -q -i 0.2 -c 3 -W 20 "$@" "$address" > ping.txt &&
    grep -q ' 0% packet loss' ping.txt || {
        cat ping.txt >&2
        what_dropped
        return 1
    }
}

# unreachable FROM ADDRESS: waits until pings do not arrive any more.
#
# Where the tap had no carrier the kernel forgets its neighbors, and would still
# be resolving the address, in vain, when it can be reached again.
unreachable () {
    wait_until "! in_netns $1 ping -n -q -c 1 -w 2 $2 >/dev/null 2>&1" &&
    in_netns "$1" ip neigh flush to "$2"
}

# kernel_packets NETNS NAME DIRECTION: prints how many packets the kernel
# received from ("rx") or sent to ("tx") tap NAME.
kernel_packets () {
    in_netns "$1" ip -j -s link show "$2" | "$PYTHON3" -SEc 'import json, sys
print(json.load(sys.stdin)[0]["stats64"][sys.argv[1]]["packets"])' "$3"
}

# trial_frames N: prints how many of the frames that tried N queues out the
# kernel counts as received.  A tap that is down gets them then; on vhost-net's
# way through the kernel that makes no difference.
trial_frames () {
    test "$EXCPATH_BACKEND" = vhost-net && echo "$1" || echo 0
}

# expected_io: prints what the status shall say of how packets are written.
expected_io () {
    if test "$EXCPATH_BACKEND" = tap; then
        # io_uring_setup(), without arguments to it, uname() and io_setup().
        "$PYTHON3" -SEc 'import ctypes, errno, os, re
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall(425, 1, None)
has_uring = ctypes.get_errno() == errno.EFAULT
version = re.match("([0-9]+)[.]([0-9]+)", os.uname().release).groups()
if not has_uring or tuple(map(int, version)) < (6, 4):
    context = ctypes.c_ulong()
    has_aio = not libc.syscall(206, 1, ctypes.byref(context))
    print("excpath_io=%s" % ("aio" if has_aio else "write"))
else:
    print("excpath_io=io_uring")'
    fi
}

# worker_cpus TID: prints where this thread may run.
worker_cpus () {
    sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' "/proc/$1/status"
}

# show_workers NAME KEY: prints KEY of all of the workers of port NAME.
show_workers () {
    ovs-appctl excpath/show --json "$1" | "$PYTHON3" -SEc 'import json, sys
workers = json.load(sys.stdin)[sys.argv[1]]["workers"]
print(*[workers[worker][sys.argv[2]] for worker in sorted(workers)])' "$1" "$2"
}

# add_source BRIDGE NAME OFPORT FILE [DEVARGS]
#
# Adds a port, NAME, on which the packets in FILE arrive at once, or, with
# DEVARGS of "infinite_rx=1", over and over.
add_source () {
    ovs-vsctl --timeout=60 add-port "$1" "$2" -- set Interface "$2" type=dpdk \
        ofport_request="$3" options:dpdk-devargs="net_pcap_$2,rx_pcap=$PWD/$4${5:+,$5}" &&
    test "$(iface "$2" error)" = '[]' || { iface "$2" error >&2; return 1; }
}

# sent_and_dropped NAME: prints how many packets to the kernel were counted.
sent_and_dropped () {
    stat_of "$1" 'tx_\(packets\|.*_drops\)'
}

# ofctl_punted BRIDGE: prints how many packets the flows of BRIDGE matched.
ofctl_punted () {
    ovs-appctl revalidator/wait &&
    ovs-ofctl dump-flows "$1" | sed -n 's/.* n_packets=\([0-9]*\),.*/\1/p' |
        awk '{ n += $1 } END { if (!NR) exit 1; printf "%.0f\n", n }'
}

# all_counted BRIDGE NAME: whether NAME counted as many packets to the kernel as
# were output to it by the flows of BRIDGE, which do nothing else.
all_counted () {
    punted=$(ofctl_punted "$1") counted=$(sent_and_dropped "$2")
    echo "punted $punted, counted $counted" >> counted.txt
    test "$punted" = "$counted"
}

# mbufs_in_use: prints how many packet buffers are.
mbufs_in_use () {
    ovs-appctl netdev-dpdk/get-mempool-info | awk -F= '
        /populated_size/ { n += $2 }
        /total_cache_count|common_pool_count/ { n -= $2 }
        END { print n }'
}

# stat_of NAME KEY: prints a statistic of the interface, up to date; with a
# regular expression as KEY, the sum of several.
stat_of () {
    ovs-appctl excpath/stats "$1" | sed -n "s/^ *$2: //p" |
        awk '{ n += $1 } END { if (!NR) exit 1; printf "%.0f\n", n }'
}

# coverage NAME: how often that has happened.  PMD threads add what they have
# counted once a second.
coverage () {
    sleep 2
    ovs-appctl coverage/read-counter "$1"
}
