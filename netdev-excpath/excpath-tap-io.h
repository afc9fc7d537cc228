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

#ifndef EXCPATH_TAP_IO_H
#define EXCPATH_TAP_IO_H 1

/* Packets to and from a queue of a tap, one system call each.
 *
 * 'fd' is the descriptor of a queue of a tap with IFF_VNET_HDR and a header of
 * EXCPATH_VNET_HDR_LEN bytes.  Any thread; no locks.  Return values are 0 or a
 * positive errno value: of the kernel's (drivers/net/tun.c) EAGAIN if it would
 * have to wait, EIO if the tap is down, EBADFD if it is gone. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct rte_mbuf;
struct rte_mempool;

/* Writes the 'n_iov' pieces in 'iov', a vnet header and a frame. */
int excpath_tap_write(int fd, const struct iovec iov[], int n_iov);

/* Writes the frame of 'len' bytes at 'data', all of whose checksums are right.
 * With 'headroom' the EXCPATH_VNET_HDR_LEN bytes before it may be changed. */
int excpath_tap_write_frame(int fd, char *data, size_t len, bool headroom);

/* Writes 'mbuf', which stays the caller's, but may have its checksums changed.
 * EINVAL if its offload fields make no sense. */
int excpath_tap_write_mbuf(int fd, struct rte_mbuf *mbuf);

/* Returns an mbuf of 'mp', if possible, with room for 'len' bytes in one
 * piece, more than the mbufs of 'mp' have, or NULL. */
typedef struct rte_mbuf *excpath_alloc_large(struct rte_mempool *mp,
                                             uint32_t len);

/* What it takes to read packets.  One thread at a time. */
struct excpath_tap_reader {
    struct rte_mempool *mp;     /* Buffers for the packets. */
    struct rte_mempool *mp_large;       /* For those that exceed these, NULL
                                         * if that is not to be expected. */
    excpath_alloc_large *alloc_large;   /* For those without such a buffer. */
    struct rte_mbuf *spare;     /* Buffers for the next packet, or NULL: the
                                 * first bytes, as many as fit, ... */
    struct rte_mbuf *spare_large;       /* ...the others, behind room for the
                                         * first ones, ... */
    char *overflow;             /* ...and what fits nowhere. */
    uint64_t n_large;           /* Packets copied into one buffer... */
    uint64_t n_large_lost;      /* ...and those for which no memory was. */
    uint64_t n_invalid;         /* Packets whose vnet header is no good. */
};

void excpath_tap_reader_init(struct excpath_tap_reader *,
                             struct rte_mempool *mp,
                             struct rte_mempool *mp_large,
                             excpath_alloc_large *);
void excpath_tap_reader_destroy(struct excpath_tap_reader *);

/* Reads a packet and stores it in '*mbufp', the caller's from then on.
 * ENOBUFS if there is no buffer for it: it stays in the kernel's queue.
 * ENOMEM if it was read, and had to be dropped: 'r' has counted it. */
int excpath_tap_read(int fd, struct excpath_tap_reader *,
                     struct rte_mbuf **mbufp);

#endif /* excpath-tap-io.h */
