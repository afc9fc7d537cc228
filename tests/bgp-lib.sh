# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0
#
# Shell functions of system-bgp.at: routers with FRR's zebra and bgpd, each with
# its files in a directory of its own in "$run".

# frr_find: finds FRR, installed or as tests/get-frr has unpacked it.
frr_find () {
    for frr in "$abs_top_builddir/tests/frr" ""; do
        if test -x "$frr/usr/lib/frr/bgpd"; then
            frr_libs=$(echo "$frr"/usr/lib/*/frr)
            frr=$frr/usr/lib/frr
            # It may lack libraries.
            LD_LIBRARY_PATH=$frr_libs "$frr/bgpd" --version >/dev/null 2>&1
            return
        fi
    done
    return 1
}

# Its daemons ask for a group, which only the package makes.
frr_group () {
    grep -q '^frrvty:' /etc/group || {
        { cat /etc/group; echo frrvty:x:9999:root; } > "$run/group" &&
            mount --bind "$run/group" /etc/group
    }
}

# bgp_start NETNS NUMBER HOLD [LINE...]
#
# Starts a router in NETNS, "-" for this one, with address 10.1.1.NUMBER and
# AS 6500NUMBER, the other one of 1 and 2 as its neighbor, and a hold time of
# HOLD seconds.  It announces what there is on its loopback device.  Each LINE
# is added to "router bgp".
bgp_start () {
    netns=$1 number=$2 hold=$3 dir=$run/bgp$2
    shift 3
    mkdir -p "$dir" && : > "$dir/zebra.conf" && {
        echo "log file $PWD/bgp$number.log"
        echo "ip prefix-list lo permit 10.9.0.0/16 ge 17"
        echo "route-map lo permit 10"
        echo " match ip address prefix-list lo"
        echo "router bgp 6500$number"
        echo " bgp router-id 10.1.1.$number"
        echo " bgp log-neighbor-changes"
        echo " no bgp ebgp-requires-policy"
        echo " timers bgp $((hold / 3)) $hold"
        printf ' %s\n' "$@"
        echo " neighbor 10.1.1.$((3 - number)) remote-as 6500$((3 - number))"
        echo " neighbor 10.1.1.$((3 - number)) timers connect 1"
        echo " address-family ipv4 unicast"
        echo "  redistribute connected route-map lo"
    } > "$dir/bgpd.conf" &&
    for daemon in zebra bgpd; do
        in_netns "$netns" env LD_LIBRARY_PATH="$frr_libs" \
            "$frr/$daemon" -d -u root -g root -f "$dir/$daemon.conf" \
            -i "$dir/$daemon.pid" -z "$dir/zserv" --vty_socket "$dir" -P 0 ||
            return 1
    done
}

bgp_stop () {
    ip addr flush dev lo to 10.9.0.0/16
    for file in "$run"/bgp[12]/*.pid; do
        test -e "$file" || continue
        pid=$(cat "$file") && kill "$pid" && i=0
        while running "$pid" && test $i -lt 100; do
            sleep 0.1; i=$((i + 1))
        done
    done
    ! mountpoint -q /etc/group || umount /etc/group
}

# bgp_told NUMBER PATTERN: how many lines of a router's log have it.
bgp_told () {
    grep -c "$2" "bgp$1.log"
}

# bgp_route NETNS NET: whether there is a route to NET, from a neighbor.
bgp_route () {
    in_netns "$1" ip route show "$2" proto bgp | grep -q via
}
