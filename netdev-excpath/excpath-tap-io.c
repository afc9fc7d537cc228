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

#include "excpath-tap-io.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include <rte_mbuf.h>

#include "excpath-vnet.h"
#include "util.h"

/* The longest frame that the kernel sends: GSO_LEGACY_MAX_SIZE in
 * linux/netdevice.h, an Ethernet header, and a VLAN tag. */
#define MAX_FRAME (65536 + 18)

int
excpath_tap_write(int fd, const struct iovec iov[], int n_iov)
{
    ssize_t n;

    do {
        /* One piece is cheaper than a list of them. */
        n = (n_iov == 1 ? write(fd, iov->iov_base, iov->iov_len)
             : writev(fd, iov, n_iov));
    } while (n < 0 && errno == EINTR);
    return n < 0 ? errno : 0;
}

int
excpath_tap_write_frame(int fd, char *data, size_t len, bool headroom)
{
    if (OVS_UNLIKELY(!headroom)) {
        excpath_vnet_hdr hdr;
        struct iovec iov[] = { { &hdr, sizeof hdr }, { data, len } };

        memset(&hdr, 0, sizeof hdr);
        return excpath_tap_write(fd, iov, ARRAY_SIZE(iov));
    }

    data -= EXCPATH_VNET_HDR_LEN;
    memset(data, 0, EXCPATH_VNET_HDR_LEN);
    return excpath_tap_write(fd, &(struct iovec) {
        data, EXCPATH_VNET_HDR_LEN + len
    }, 1);
}

int
excpath_tap_write_mbuf(int fd, struct rte_mbuf *mbuf)
{
    struct iovec iov[IOV_MAX];
    excpath_vnet_hdr hdr;
    int n_iov = 0;

    if (!excpath_vnet_from_mbuf(mbuf, &hdr)
        || mbuf->nb_segs >= ARRAY_SIZE(iov)) {
        return EINVAL;
    }
    iov[n_iov++] = (struct iovec) { &hdr, sizeof hdr };
    for (struct rte_mbuf *seg = mbuf; seg; seg = seg->next) {
        iov[n_iov++] = (struct iovec) { rte_pktmbuf_mtod(seg, void *),
                                        seg->data_len };
    }
    return excpath_tap_write(fd, iov, n_iov);
}

void
excpath_tap_reader_init(struct excpath_tap_reader *r, struct rte_mempool *mp,
                        struct rte_mempool *mp_large,
                        excpath_alloc_large *alloc_large)
{
    *r = (struct excpath_tap_reader) {
        .mp = mp,
        .mp_large = mp_large,
        .alloc_large = alloc_large,
        .overflow = xmalloc(MAX_FRAME),
    };
}

void
excpath_tap_reader_destroy(struct excpath_tap_reader *r)
{
    rte_pktmbuf_free(r->spare);
    rte_pktmbuf_free(r->spare_large);
    free(r->overflow);
}

/* Returns a buffer with a packet of 'len' bytes, 'room' of which are in
 * 'r->spare' and the others where read_frame() has put them, or NULL. */
static struct rte_mbuf *
join_large(struct excpath_tap_reader *r, uint32_t room, uint32_t len)
{
    struct rte_mbuf *mbuf = r->spare_large;

    if (mbuf) {
        if (len > rte_pktmbuf_tailroom(mbuf)) {
            r->n_large_lost++;
            return NULL;
        }
        r->spare_large = NULL;
    } else {
        mbuf = r->alloc_large(r->mp, len);
        if (!mbuf) {
            r->n_large_lost++;
            return NULL;
        }
        memcpy(rte_pktmbuf_mtod_offset(mbuf, char *, room), r->overflow,
               len - room);
        r->n_large++;
    }
    memcpy(rte_pktmbuf_mtod(mbuf, char *), rte_pktmbuf_mtod(r->spare, char *),
           room);
    return mbuf;
}

/* Reads a frame, with its header before 'r->spare''s data.  Returns what
 * readv() does. */
static ssize_t
read_frame(int fd, struct excpath_tap_reader *r, excpath_vnet_hdr *hdr,
           uint32_t room)
{
    struct iovec iov[3];
    int n_iov = 0;
    ssize_t n;

    iov[n_iov++] = (struct iovec) { hdr, sizeof *hdr + room };
    if (r->spare_large) {
        iov[n_iov++] = (struct iovec) {
            rte_pktmbuf_mtod_offset(r->spare_large, char *, room),
            rte_pktmbuf_tailroom(r->spare_large) - room
        };
    }
    iov[n_iov++] = (struct iovec) { r->overflow, MAX_FRAME };
    do {
        n = readv(fd, iov, n_iov);
    } while (n < 0 && errno == EINTR);
    return n;
}

int
excpath_tap_read(int fd, struct excpath_tap_reader *r, struct rte_mbuf **mbufp)
{
    struct rte_mbuf *mbuf;
    excpath_vnet_hdr *hdr;
    uint32_t room, len;
    ssize_t n;

    if (!r->spare) {
        r->spare = rte_pktmbuf_alloc(r->mp);
        if (OVS_UNLIKELY(!r->spare)) {
            return ENOBUFS;
        }
    }
    if (!r->spare_large && r->mp_large) {
        r->spare_large = rte_pktmbuf_alloc(r->mp_large);
    }
    mbuf = r->spare;

    /* The header goes into the headroom. */
    room = rte_pktmbuf_tailroom(mbuf);
    hdr = ALIGNED_CAST(excpath_vnet_hdr *,
                       rte_pktmbuf_mtod(mbuf, char *) - sizeof *hdr);
    n = read_frame(fd, r, hdr, room);
    if (n < 0) {
        return errno;
    } else if (OVS_UNLIKELY(n <= sizeof *hdr)) {
        r->n_invalid++;
        return ENOMEM;
    }

    len = n - sizeof *hdr;
    if (len > room) {
        mbuf = join_large(r, room, len);
        if (OVS_UNLIKELY(!mbuf)) {
            return ENOMEM;
        }
    } else {
        r->spare = NULL;
    }
    mbuf->data_len = mbuf->pkt_len = len;
    if (OVS_UNLIKELY(hdr->hdr.flags || hdr->hdr.gso_type)
        && !excpath_vnet_to_mbuf(hdr, mbuf)) {
        rte_pktmbuf_free(mbuf);
        r->n_invalid++;
        return ENOMEM;
    }
    *mbufp = mbuf;
    return 0;
}
