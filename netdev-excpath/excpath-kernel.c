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

#include "excpath-kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "excpath-keeper.h"
#include "excpath-netns.h"
#include "netlink.h"
#include "netlink-socket.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "socket-util.h"
#include "util.h"

static void
parse_tun_data(const struct nlattr *data, struct excpath_tap_info *info)
{
    static const struct nl_policy policy[] = {
        [IFLA_TUN_TYPE] = { .type = NL_A_U8, .optional = true },
        [IFLA_TUN_MULTI_QUEUE] = { .type = NL_A_U8, .optional = true },
        [IFLA_TUN_NUM_QUEUES] = { .type = NL_A_U32, .optional = true },
        [IFLA_TUN_NUM_DISABLED_QUEUES] = { .type = NL_A_U32,
                                           .optional = true },
    };
    struct nlattr *a[ARRAY_SIZE(policy)];

    if (!nl_parse_nested(data, policy, a, ARRAY_SIZE(policy))) {
        return;
    }
    info->is_tap = (a[IFLA_TUN_TYPE]
                    && nl_attr_get_u8(a[IFLA_TUN_TYPE]) == IFF_TAP);
    info->multi_queue = (a[IFLA_TUN_MULTI_QUEUE]
                         && nl_attr_get_u8(a[IFLA_TUN_MULTI_QUEUE]));
    if (a[IFLA_TUN_NUM_QUEUES]) {
        info->n_queues = nl_attr_get_u32(a[IFLA_TUN_NUM_QUEUES]);
    } else {
        /* A single-queue tun device does not report them: with a carrier
         * somebody serves it. */
        info->n_queues = info->carrier;
    }
    if (a[IFLA_TUN_NUM_DISABLED_QUEUES]) {
        info->n_disabled = nl_attr_get_u32(a[IFLA_TUN_NUM_DISABLED_QUEUES]);
    }
}

static void
parse_linkinfo(const struct nlattr *linkinfo, struct excpath_tap_info *info)
{
    static const struct nl_policy policy[] = {
        [IFLA_INFO_KIND] = { .type = NL_A_STRING, .optional = true },
        [IFLA_INFO_DATA] = { .type = NL_A_NESTED, .optional = true },
    };
    struct nlattr *a[ARRAY_SIZE(policy)];

    if (nl_parse_nested(linkinfo, policy, a, ARRAY_SIZE(policy))
        && a[IFLA_INFO_KIND] && a[IFLA_INFO_DATA]
        && !strcmp(nl_attr_get_string(a[IFLA_INFO_KIND]), "tun")) {
        parse_tun_data(a[IFLA_INFO_DATA], info);
    }
}

static int
parse_link(const struct ofpbuf *reply, struct excpath_tap_info *info)
{
    static const struct nl_policy policy[] = {
        [IFLA_ADDRESS] = { .type = NL_A_UNSPEC, .optional = true },
        [IFLA_MTU] = { .type = NL_A_U32, .optional = true },
        [IFLA_IFALIAS] = { .type = NL_A_STRING, .optional = true },
        [IFLA_CARRIER] = { .type = NL_A_U8, .optional = true },
        [IFLA_STATS64] = { .type = NL_A_UNSPEC, .optional = true },
        [IFLA_LINKINFO] = { .type = NL_A_NESTED, .optional = true },
    };
    struct nlattr *a[ARRAY_SIZE(policy)];
    const struct ifinfomsg *ifi;

    if (!nl_policy_parse(reply, NLMSG_HDRLEN + sizeof *ifi, policy, a,
                         ARRAY_SIZE(policy))) {
        return EPROTO;
    }
    ifi = ofpbuf_at_assert(reply, NLMSG_HDRLEN, sizeof *ifi);

    memset(info, 0, sizeof *info);
    info->ifindex = ifi->ifi_index;
    info->flags = ifi->ifi_flags;
    if (a[IFLA_ADDRESS] && nl_attr_get_size(a[IFLA_ADDRESS]) == ETH_ADDR_LEN) {
        info->mac = nl_attr_get_eth_addr(a[IFLA_ADDRESS]);
    }
    info->mtu = a[IFLA_MTU] ? nl_attr_get_u32(a[IFLA_MTU]) : 0;
    info->carrier = a[IFLA_CARRIER] && nl_attr_get_u8(a[IFLA_CARRIER]);
    if (a[IFLA_IFALIAS]) {
        ovs_strlcpy(info->alias, nl_attr_get_string(a[IFLA_IFALIAS]),
                    sizeof info->alias);
    }
    if (a[IFLA_STATS64]) {
        struct rtnl_link_stats64 s;

        memset(&s, 0, sizeof s);
        memcpy(&s, nl_attr_get(a[IFLA_STATS64]),
               MIN(sizeof s, nl_attr_get_size(a[IFLA_STATS64])));
        info->rx_packets = s.rx_packets;
        info->rx_dropped = s.rx_dropped;
        info->tx_dropped = s.tx_dropped;
    }
    if (a[IFLA_LINKINFO]) {
        parse_linkinfo(a[IFLA_LINKINFO], info);
    }
    return 0;
}

/* Starts a request about 'dev' in 'request'. */
static struct ifinfomsg *
start_request(struct ofpbuf *request, const struct excpath_dev *dev,
              uint32_t type, uint32_t flags)
{
    struct ifinfomsg *ifi;

    ofpbuf_init(request, 0);
    nl_msg_put_nlmsghdr(request, sizeof *ifi, type, NLM_F_REQUEST | flags);
    ofpbuf_put_zeros(request, sizeof *ifi);
    nl_msg_put_string(request, IFLA_IFNAME, dev->name);
    return ofpbuf_at_assert(request, NLMSG_HDRLEN, sizeof *ifi);
}

int
excpath_tap_query(const struct excpath_dev *dev, struct excpath_tap_info *info)
{
    struct ofpbuf request, *reply;
    int error;

    start_request(&request, dev, RTM_GETLINK, 0);
    error = excpath_netns_transact(dev->ns, &request, &reply);
    ofpbuf_uninit(&request);

    if (!error) {
        error = parse_link(reply, info);
        ofpbuf_delete(reply);
    }
    return error;
}

void
excpath_tap_for_each(void (*cb)(const struct excpath_dev *,
                                const struct excpath_tap_info *, void *aux),
                     void *aux)
{
    uint64_t stub[NL_DUMP_BUFSIZE / 8];
    struct excpath_tap_info info;
    struct excpath_dev dev;
    struct ofpbuf request, reply, buf;
    struct nl_dump dump;

    ofpbuf_init(&request, 0);
    nl_msg_put_nlmsghdr(&request, sizeof(struct ifinfomsg), RTM_GETLINK,
                        NLM_F_REQUEST);
    ofpbuf_put_zeros(&request, sizeof(struct ifinfomsg));
    nl_dump_start(&dump, NETLINK_ROUTE, &request);
    ofpbuf_uninit(&request);

    ofpbuf_use_stub(&buf, stub, sizeof stub);
    while (nl_dump_next(&dump, &reply, &buf)) {
        const struct nlattr *name;

        memset(&dev, 0, sizeof dev);
        name = nl_attr_find(&reply, NLMSG_HDRLEN + sizeof(struct ifinfomsg),
                            IFLA_IFNAME);
        if (name && !parse_link(&reply, &info)) {
            ovs_strlcpy(dev.name, nl_attr_get_string(name), sizeof dev.name);
            cb(&dev, &info, aux);
        }
    }
    ofpbuf_uninit(&buf);
    nl_dump_done(&dump);
}

static struct ifinfomsg *
start_change(struct ofpbuf *request, const struct excpath_dev *dev)
{
    return start_request(request, dev, RTM_SETLINK, NLM_F_ACK);
}

static int
finish_change(struct ofpbuf *request, const struct excpath_dev *dev)
{
    int error = excpath_netns_transact(dev->ns, request, NULL);

    ofpbuf_uninit(request);
    return error;
}

int
excpath_tap_delete(const struct excpath_dev *dev)
{
    struct ofpbuf request;

    start_request(&request, dev, RTM_DELLINK, NLM_F_ACK);
    return finish_change(&request, dev);
}

int
excpath_tap_move(const struct excpath_dev *dev, const struct excpath_netns *to)
{
    struct ofpbuf request;

    start_change(&request, dev);
    nl_msg_put_u32(&request, IFLA_NET_NS_FD, excpath_netns_get_fd(to));
    return finish_change(&request, dev);
}

int
excpath_tap_set_mtu(const struct excpath_dev *dev, int mtu)
{
    struct ofpbuf request;

    start_change(&request, dev);
    nl_msg_put_u32(&request, IFLA_MTU, mtu);
    return finish_change(&request, dev);
}

int
excpath_tap_set_mac(const struct excpath_dev *dev, const struct eth_addr mac)
{
    struct ofpbuf request;

    start_change(&request, dev);
    nl_msg_put_unspec(&request, IFLA_ADDRESS, mac.ea, sizeof mac.ea);
    return finish_change(&request, dev);
}

int
excpath_tap_set_up(const struct excpath_dev *dev)
{
    struct ofpbuf request;
    struct ifinfomsg *ifi = start_change(&request, dev);

    ifi->ifi_flags = IFF_UP;
    ifi->ifi_change = IFF_UP;
    return finish_change(&request, dev);
}

int
excpath_tap_set_alias(const struct excpath_dev *dev, const char *alias)
{
    struct ofpbuf request;

    start_change(&request, dev);
    nl_msg_put_string(&request, IFLA_IFALIAS, alias);
    return finish_change(&request, dev);
}

int
excpath_tap_set_gso_max_size(const struct excpath_dev *dev, uint32_t size)
{
    struct ofpbuf request;

    start_change(&request, dev);
    nl_msg_put_u32(&request, IFLA_GSO_MAX_SIZE, size);
    return finish_change(&request, dev);
}

char *
excpath_tap_check(void)
{
    int fd = open(TUN_PATH, O_RDWR | O_CLOEXEC);

    if (fd < 0) {
        int error = errno;

        return xasprintf(TUN_PATH" cannot be opened: %s; %s",
                         ovs_strerror(error),
                         error == EMFILE || error == ENFILE
                         ? "raise the limit of ovs-vswitchd, LimitNOFILE in "
                           "its unit or \"ulimit -n\""
                         : "load the kernel module with \"modprobe tun\"");
    }
    close(fd);
    return NULL;
}

/* Opens a queue of tap 'dev' with 'flags' (O_*) and 'ifflags' (IFF_*) beside
 * those that all queues need: IFF_MULTI_QUEUE and IFF_VNET_HDR.  With a queue
 * attached or detached the kernel does not change a tap's flags any more
 * (tun_set_iff() in drivers/net/tun.c), and a queue without a vnet header
 * would have both ends misread each other. */
static int
open_queue(const struct excpath_dev *dev, int flags, short int ifflags,
           int *fdp)
{
    struct ifreq ifr;
    int fd, error;

    *fdp = -1;
    error = excpath_netns_enter(dev->ns);
    if (error) {
        return error;
    }
    fd = open(TUN_PATH, O_RDWR | O_CLOEXEC | flags);
    error = fd < 0 ? errno : 0;
    excpath_netns_leave(dev->ns);
    if (error) {
        return error;
    }

    memset(&ifr, 0, sizeof ifr);
    ovs_strlcpy(ifr.ifr_name, dev->name, sizeof ifr.ifr_name);
    ifr.ifr_flags = (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE
                     | ifflags);
    if (ioctl(fd, TUNSETIFF, &ifr) < 0) {
        error = errno;
        close(fd);
        return error;
    }
    *fdp = fd;
    return 0;
}

int
excpath_tap_open_keeper(const struct excpath_dev *dev, int *fdp,
                        uint64_t *n_unread)
{
    struct excpath_tap_info info;
    struct ifreq ifr;
    int error;

    /* The flags that DPDK uses in its virtio_user/vhost_kernel_tap.c. */
    *n_unread = 0;
    error = open_queue(dev, O_NONBLOCK, IFF_NAPI, fdp);
    if (error) {
        return error;
    }

    /* Until it is detached, which drops what is in there without counting it,
     * this is a queue as any other. */
    if (!excpath_tap_query(dev, &info) && info.flags & IFF_UP) {
        excpath_tap_set_blocked(*fdp, true);
        excpath_tap_wait_blocked();
        *n_unread = excpath_tap_read_all(*fdp);
    }
    memset(&ifr, 0, sizeof ifr);
    ifr.ifr_flags = IFF_DETACH_QUEUE;
    if (ioctl(*fdp, TUNSETQUEUE, &ifr) < 0) {
        error = errno;
        close(*fdp);
        *fdp = -1;
    } else {
        /* We did that, or somebody did who was killed. */
        excpath_tap_set_blocked(*fdp, false);
    }
    return error;
}

int
excpath_tap_open_queue(const struct excpath_dev *dev, int hdr_len,
                       struct excpath_tap_offloads offloads, int *fdp)
{
    unsigned long int flags = ((offloads.csum ? TUN_F_CSUM : 0)
                               | (offloads.tso ? TUN_F_TSO4 | TUN_F_TSO6
                                  : 0));
    int error;

    /* Without IFF_NAPI, which is a queue's own matter: it makes a write cost
     * half as much again. */
    error = open_queue(dev, O_NONBLOCK, 0, fdp);
    if (error) {
        return error;
    }

    /* These are the tap's, and may be what another backend left. */
    if (ioctl(*fdp, TUNSETVNETHDRSZ, &hdr_len) < 0
        || ioctl(*fdp, TUNSETOFFLOAD, flags) < 0) {
        error = errno;
        close(*fdp);
        *fdp = -1;
    }
    return error;
}

/* Has SIOCETHTOOL do to 'dev' what 'cmd', one of the structures in
 * linux/ethtool.h, says. */
static int
ethtool(const struct excpath_dev *dev, void *cmd)
{
    struct ifreq ifr;

    memset(&ifr, 0, sizeof ifr);
    ifr.ifr_data = cmd;
    if (!dev->ns) {
        return af_inet_ifreq_ioctl(dev->name, &ifr, SIOCETHTOOL,
                                   "SIOCETHTOOL");
    }
    ovs_strlcpy(ifr.ifr_name, dev->name, sizeof ifr.ifr_name);
    return (ioctl(excpath_netns_ioctl_fd(dev->ns), SIOCETHTOOL, &ifr) < 0
            ? errno : 0);
}

/* Gets or sets one thing of 'dev' with 'cmd', ETHTOOL_*. */
static int
ethtool_value(const struct excpath_dev *dev, uint32_t cmd, uint32_t *data)
{
    struct ethtool_value value = { .cmd = cmd, .data = *data };
    int error = ethtool(dev, &value);

    *data = value.data;
    return error;
}

void
excpath_dev_get_link(const struct excpath_dev *dev, struct excpath_link *link)
{
    struct ethtool_cmd cmd = { .cmd = ETHTOOL_GSET };

    *link = EXCPATH_LINK_UNKNOWN;
    if (!ethtool(dev, &cmd)) {
        uint32_t mbps = ethtool_cmd_speed(&cmd);

        if (mbps && mbps <= INT_MAX) {
            link->mbps = mbps;
            link->full_duplex = cmd.duplex == DUPLEX_FULL;
        }
    }
}

int
excpath_tap_set_link(const struct excpath_dev *dev,
                     const struct excpath_link *link)
{
    struct ethtool_cmd cmd = { .cmd = ETHTOOL_SSET, .port = PORT_TP };

    cmd.duplex = (!link->mbps ? DUPLEX_UNKNOWN
                  : link->full_duplex ? DUPLEX_FULL : DUPLEX_HALF);
    ethtool_cmd_speed_set(&cmd, link->mbps ? link->mbps
                                : (uint32_t) SPEED_UNKNOWN);
    return ethtool(dev, &cmd);
}

int
excpath_tap_get_offloads(const struct excpath_dev *dev,
                         struct excpath_tap_offloads *offloads)
{
    uint32_t csum = 0, tso = 0;
    int error = ethtool_value(dev, ETHTOOL_GTXCSUM, &csum);

    if (!error) {
        error = ethtool_value(dev, ETHTOOL_GTSO, &tso);
    }
    offloads->csum = !error && csum;
    offloads->tso = !error && tso;
    return error;
}

bool
excpath_tap_has_gro(const struct excpath_dev *dev)
{
    uint32_t gro = 0;

    return !ethtool_value(dev, ETHTOOL_GGRO, &gro) && gro;
}

int
excpath_tap_switch_off(const struct excpath_dev *dev,
                       struct excpath_tap_offloads offloads)
{
    uint32_t off = 0;
    int error = offloads.tso ? ethtool_value(dev, ETHTOOL_STSO, &off) : 0;

    return (error || !offloads.csum ? error
            : ethtool_value(dev, ETHTOOL_STXCSUM, &off));
}
