# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0
"""TCP between two hosts, and what CPU time it takes.

Both hosts are behind ports of the same kind, so that each figure holds for both
directions.
"""

from bench.endtoend import Cable, Pair, Ports

QUEUES = 2


def measure(lab, subjects, testpmds, args, progress):
    """Return a list of measurements, dictionaries."""
    results = []

    def with_link(round_, name, link, more):
        progress.step("TCP, %s" % name)
        with Pair(lab, link) as pair:
            result = {"round": round_, "port": name}
            for streams in 1, 4:
                speed, price = pair.tcp_and_cpu(args.seconds, streams)
                result["tcp_%d" % streams] = speed
                result["price_%d" % streams] = price
        result["tcp_4_queues"] = result["price_4_queues"] = None
        if more:
            with Pair(lab, more) as pair:
                (result["tcp_4_queues"], result["price_4_queues"]
                 ) = pair.tcp_and_cpu(args.seconds, 4)
        results.append(result)

    for round_ in range(args.host_rounds):
        lab.add_sink()
        with_link(round_, "cable", Cable(), None)
        for subject in subjects:
            options = args.port_options
            with_link(round_, subject.name, Ports(subject, options),
                      Ports(subject, options + ["n_rxq=%d" % QUEUES])
                      if subject.is_excpath else None)
        # Their turn on the CPU of the PMD thread, which goes with the last
        # port that it polls.
        lab.del_ports("sink")
        for testpmd in testpmds:
            with_link(round_, testpmd.name, testpmd, None)
    progress.end()
    return results
