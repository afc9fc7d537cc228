/*
 * Copyright (c) 2026 ovs-excpath authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at:
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

#include <config.h>

#include "excpath-keeper.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "excpath-membarrier.h"
#include "util.h"

/* Most packets that excpath_tap_read_all() reads: there is an end, should the
 * tap not be blocked.  A queue holds "txqueuelen", 1000 unless somebody has
 * changed that. */
#define MAX_READ 65536

bool
excpath_tap_is_alive(int keeper_fd)
{
    struct ifreq ifr;

    memset(&ifr, 0, sizeof ifr);
    return !ioctl(keeper_fd, TUNGETIFF, &ifr);
}

int
excpath_tap_locate(int keeper_fd, char name[IFNAMSIZ], int *netns_fdp)
{
    struct ifreq ifr;

    memset(&ifr, 0, sizeof ifr);
    if (ioctl(keeper_fd, TUNGETIFF, &ifr) < 0) {
        return errno;
    }
    ovs_strlcpy(name, ifr.ifr_name, IFNAMSIZ);
    *netns_fdp = ioctl(keeper_fd, TUNGETDEVNETNS);
    return *netns_fdp < 0 ? errno : 0;
}

int
excpath_tap_set_carrier(int keeper_fd, bool carrier)
{
    int value = carrier;

    return ioctl(keeper_fd, TUNSETCARRIER, &value) < 0 ? errno : 0;
}

int
excpath_tap_set_persist(int keeper_fd, bool persist)
{
    return ioctl(keeper_fd, TUNSETPERSIST, persist ? 1 : 0) < 0 ? errno : 0;
}

int
excpath_tap_set_blocked(int keeper_fd, bool blocked)
{
    /* Accepts no byte of any packet: see sk_filter() in tun_net_xmit(),
     * drivers/net/tun.c. */
    struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog filter = { .len = 1, .filter = &nothing };

    return (ioctl(keeper_fd, blocked ? TUNATTACHFILTER : TUNDETACHFILTER,
                  &filter) < 0 ? errno : 0);
}

void
excpath_tap_wait_blocked(void)
{
    /* That is synchronize_rcu(). */
    if (excpath_membarrier(MEMBARRIER_CMD_GLOBAL)) {
        /* There is none with nohz_full. */
        xnanosleep_no_quiesce(1000 * 1000);
    }
}

bool
excpath_tap_has_packets(int fd)
{
    struct pollfd pfd = { .fd = fd, .events = POLLIN };

    return poll(&pfd, 1, 0) > 0 && pfd.revents & POLLIN;
}

uint64_t
excpath_tap_read_all(int fd)
{
    char frame[2048];           /* The rest of a longer one does not matter. */
    uint64_t n = 0;

    while (n < MAX_READ && read(fd, frame, sizeof frame) > 0) {
        n++;
    }
    return n;
}
