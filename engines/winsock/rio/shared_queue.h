// queue=shared: one completion queue for all threads, dequeued and re-armed under one lock. It is here to be
// measured against a queue for each thread, and it is the trap of RIO:
//
//   each thread     lock, RIODequeueCompletion, RIONotify, unlock, deliver what was dequeued, RIOReceive
//
// Programs come to it from I/O completion ports, where one port serves all threads and the kernel does the
// sharing. A RIO completion queue is memory without any protection, so "access should be coordinated by a
// critical section, slim reader write lock or similar mechanism" (RIOCreateCompletionQueue), and with that
// goes what RIO is chosen for:
// - Dequeuing costs nothing because it is no call: a few loads. Under a lock that all threads want it costs
// what a
//   contended lock costs, a cache line that travels between processors at best and a wait in the kernel at
//   worst, and that for every batch of every thread.
// - Two threads may dequeue two completions of one connection, and then nothing says who delivers first; and
// a
//   request queue is no more protected than the completion queue. So connections have to be claimed, under
//   the lock as well, and a thread that delivers slowly holds its connections' next completions up.
// - A notification is for the queue. By an event it wakes every thread, most of them for nothing; by a port
// it
//   wakes one, and the others stay asleep until that one has asked for the next.
// What it gives in return is that a thread with nothing to do takes work from one that has too much. Where
// that matters, an I/O completion port does it better.
#pragma once

#include "engines/winsock/rio/engine.h"
#include "engines/worker_engine.h"

namespace recvbench {

// Makes workers that share the queue of the first of them, for as long as one of them exists.
WorkerEngine::MakeWorker rio_shared_workers(RioSource source);

}  // namespace recvbench
