/*
 * Your own engine: the C ABI by which recvbench loads a receive engine from a shared library, so that a server's
 * own receive layer is measured beside the models of the catalog.
 *
 *   recvbench run --engine ./my_engine.so,epoll        (./my_engine.dll,iocp on Windows)
 *
 * A library exports one function, recvbench_engine(), which returns a table that lives as long as the library.
 * recvbench never unloads it. engines/example is one that builds outside this tree.
 *
 * What an engine must do is what every engine of the catalog does:
 *   - It owns its threads, buffers and waiting. recvbench accepts connections and hands each to add().
 *   - Every thread that delivers asks once, before its first delivery, for its sink (attach_thread), and is
 *     thereby pinned to its CPU where the run asks for it; where that fails, all that it delivers is answered by 0.
 *     Two threads never use one sink at once, and deliveries of one connection never overlap, whichever threads
 *     make them.
 *   - received() gets the bytes of one receive, in stream order, never none of them. Where it answers 0 the
 *     connection is to be closed: call closed() and deliver nothing more of it.
 *   - datagram() is received() for a datagram socket: one call a datagram, of any size, 0 included. A datagram
 *     socket has no end of its own; an error that concerns what was sent before (ECONNREFUSED, WSAECONNRESET) is
 *     none.
 *   - closed() is the last call for a connection, exactly once for every one that add() took. It closes the socket
 *     and ends the connection; nothing may be in flight on it, and neither may be used afterwards.
 *   - stop() returns when every connection has been closed (what is still open with RECVBENCH_CANCELED) and no
 *     thread will call again.
 *
 * Nothing may be thrown, and nothing may longjmp, across any of these functions. Text is UTF-8, ends with 0, and
 * lives as long as the library. This header is C and C++, and needs nothing of recvbench's.
 *
 * What may change while RECVBENCH_PLUGIN_ABI stays: the structs with a member `size` may grow at their end. Whoever
 * fills one in writes its own sizeof there, and whoever reads it reads no further; what is below is always there. Where
 * a plug-in's table ends before a newer host's does, the rest counts as NULL. All other structs stay as they are: they
 * are arrays, or written by the other side.
 */
#ifndef RECVBENCH_PLUGIN_H
#define RECVBENCH_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RECVBENCH_PLUGIN_ABI 1u

#if defined(_WIN32)
#define RECVBENCH_EXPORT __declspec(dllexport)
#else
#define RECVBENCH_EXPORT __attribute__((visibility("default")))
#endif

/* A SOCKET or a file descriptor, blocking; on Windows created with WSA_FLAG_OVERLAPPED and belonging to no completion
 * port. It stays recvbench's: closed() closes it. */
typedef uintptr_t recvbench_socket;

/* What add() hands over: one TCP connection (TCP_NODELAY on), or one bound UDP socket with any number of peers. */
#define RECVBENCH_STREAM 0u
#define RECVBENCH_DATAGRAMS 1u

/* The harness's side of a connection and of a thread; opaque. */
typedef struct recvbench_connection recvbench_connection;
typedef struct recvbench_sink recvbench_sink;

/* For closed(): the connection was open when the engine was stopped. Every other error is the system's:
 * WSAGetLastError() or GetLastError() on Windows, errno elsewhere; 0 is a graceful close. */
#define RECVBENCH_CANCELED (-1)

/* What recvbench offers an engine. Valid until destroy() has returned. */
typedef struct recvbench_host {
  uint32_t size; /* sizeof(recvbench_host) of the host */
  uint32_t reserved;
  void *context; /* to be handed to attach_thread */
  recvbench_sink *(*attach_thread)(void *context);
  int (*received)(recvbench_sink *sink, recvbench_connection *connection, const void *bytes, size_t size);
  /* source: the sender's sockaddr. truncated: not 0 where the datagram was larger than the buffer. */
  int (*datagram)(recvbench_sink *sink, recvbench_connection *connection, const void *bytes, size_t size,
                  const void *source, size_t source_size, int truncated);
  void (*closed)(recvbench_sink *sink, recvbench_connection *connection, int error);
} recvbench_host;

/* The largest value of a setting: what can be typed exactly. */
#define RECVBENCH_LARGEST_NUMBER UINT64_C(1000000000000000)

/* One setting, shown by `recvbench list`, set by --engine 'LIBRARY:name=value' and recorded with the results.
 * Where choices is not NULL, values are positions in it and least and most are ignored. */
typedef struct recvbench_setting {
  const char *name; /* letters, digits and '-' */
  const char *help; /* one line */
  uint64_t initial;
  uint64_t least;
  uint64_t most;
  const char *const *choices; /* ended by NULL */
} recvbench_setting;

/* The settings of one engine. own: the values of the plug-in's settings, in their order. A common setting that the
 * engine has no flag for is at its default, whatever the run sets for others: what a plug-in heeds is recorded. Valid
 * during the call that gets it. */
typedef struct recvbench_settings {
  uint32_t size; /* sizeof(recvbench_settings) of the host */
  uint32_t threads;            /* default 1 */
  uint64_t buffer_bytes;       /* of one receive; default 65536 */
  uint32_t receives_in_flight; /* default 1 */
  uint32_t reserved;
  const uint64_t *own;
} recvbench_settings;

/* What an engine did, summed over its threads, since start(). Leave 0 what the model has not. */
typedef struct recvbench_counters {
  uint64_t receive_calls;
  uint64_t wait_calls;
  uint64_t wakeups;     /* waits that returned with something to do */
  uint64_t completions; /* receives that delivered bytes */
  uint64_t completions_per_wakeup_min;
  uint64_t completions_per_wakeup_max;
} recvbench_counters;

/* Why a call failed. */
typedef struct recvbench_failure {
  int32_t error;  /* the system's; 0 where text says it all */
  char text[252]; /* the call that failed: "CreateIoCompletionPort" */
} recvbench_failure;

/* Which of the common settings the engine has. */
#define RECVBENCH_HAS_THREADS 1u
#define RECVBENCH_HAS_BUFFER 2u
#define RECVBENCH_HAS_RECEIVES_IN_FLIGHT 4u
/* The sockets must be made with WSA_FLAG_REGISTERED_IO. */
#define RECVBENCH_NEEDS_REGISTERED_IO 8u
/* It takes datagram sockets as well as TCP connections. */
#define RECVBENCH_RECEIVES_DATAGRAMS 16u

typedef struct recvbench_engine_plugin {
  uint32_t abi;  /* RECVBENCH_PLUGIN_ABI */
  uint32_t size; /* sizeof(recvbench_engine_plugin) */
  uint32_t flags;
  uint32_t setting_count;
  const recvbench_setting *settings;
  const char *name;    /* "my-engine": letters, digits and '-', none of the catalog's names, and not "all" */
  const char *api;     /* the calls it makes: "WSARecv + my dispatcher" */
  const char *summary; /* one line */

  /* NULL where the engine can run here with these settings, else the reason. May itself be NULL: it always can. */
  const char *(*unavailable)(const recvbench_settings *settings);
  /* Most connections with these settings. May be NULL: no limit of its own. */
  uint64_t (*max_connections)(const recvbench_settings *settings);

  /* An engine, or NULL with the reason in failure. */
  void *(*create)(const recvbench_host *host, const recvbench_settings *settings, recvbench_failure *failure);
  /* 1, or 0 with the reason in failure: the engine is then as if never started. start and stop may follow each
   * other many times. */
  int (*start)(void *engine, recvbench_failure *failure);
  /* From any thread between start and stop. kind: RECVBENCH_STREAM or, where it receives them, RECVBENCH_DATAGRAMS.
   * 1 = taken; 0 = refused with the reason in failure, and the connection is recvbench's again, without closed().
   * Callbacks for it may begin before this returns. */
  int (*add)(void *engine, recvbench_connection *connection, recvbench_socket socket, uint32_t kind,
             recvbench_failure *failure);
  /* Calling it twice, or without start, does nothing. */
  void (*stop)(void *engine);
  /* From any thread, at any time; exact after stop(). */
  void (*counters)(void *engine, recvbench_counters *counters);
  /* After stop(). */
  void (*destroy)(void *engine);
} recvbench_engine_plugin;

/* What a library exports, under the name recvbench_engine. host_abi: the host's RECVBENCH_PLUGIN_ABI. NULL = it
 * cannot serve such a host. */
typedef const recvbench_engine_plugin *recvbench_engine_function(uint32_t host_abi);
#ifndef RECVBENCH_PLUGIN_HOST
RECVBENCH_EXPORT const recvbench_engine_plugin *recvbench_engine(uint32_t host_abi);
#endif

#ifdef __cplusplus
}
#endif

#endif
