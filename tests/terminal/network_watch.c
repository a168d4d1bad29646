/* Preloaded into every process of a session: writes down what would leave the machine, and
   lets nothing out. It stands between the program and libc, so that native code is seen too
   (a hook of Python's sees only Python's own sockets) and no privilege is needed.

   A line of WATCH_LOG is "WHAT<TAB>DETAIL<TAB>COMMAND": `start` for each process, `secret` for
   a variable with the marked value, `connect` to an address of this machine, and, refused,
   `lookup` of a name and `leave` to any other address. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

extern char **environ;

static void note(const char *what, const char *detail) {
  char command[400], line[800];
  int file = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  ssize_t size = file < 0 ? 0 : read(file, command, sizeof command - 1);
  if (file >= 0) close(file);
  if (size < 0) size = 0;
  for (ssize_t at = 0; at < size; at++)
    if (command[at] < ' ') command[at] = ' ';
  command[size] = 0;
  int length = snprintf(line, sizeof line, "%s\t%s\t%s\n", what, detail, command);
  if (length >= (int)sizeof line) length = sizeof line - 1;
  file = open(WATCH_LOG, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return;
  if (write(file, line, length) < 0) _exit(99);
  close(file);
}

__attribute__((constructor)) static void start(void) {
  note("start", "");
  for (char **entry = environ; *entry; entry++)
    if (strstr(*entry, WATCH_SECRET)) {
      char name[200];
      snprintf(name, sizeof name, "%.*s", (int)strcspn(*entry, "="), *entry);
      note("secret", name);
    }
}

/* Whether an address may not be reached; everything but IP stays on the machine by its nature. */
static int leaves(const struct sockaddr *address) {
  char text[INET6_ADDRSTRLEN] = "", detail[100];
  int port, here;
  if (!address) return 0;
  if (address->sa_family == AF_INET) {
    const struct sockaddr_in *four = (const struct sockaddr_in *)address;
    inet_ntop(AF_INET, &four->sin_addr, text, sizeof text);
    port = ntohs(four->sin_port);
    here = (ntohl(four->sin_addr.s_addr) >> 24) == 127;
  } else if (address->sa_family == AF_INET6) {
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
    inet_ntop(AF_INET6, &six->sin6_addr, text, sizeof text);
    port = ntohs(six->sin6_port);
    here = IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
  } else {
    return 0;
  }
  /* A resolver on this machine asks others. */
  if (port == 53) here = 0;
  snprintf(detail, sizeof detail, "%s:%d", text, port);
  note(here ? "connect" : "leave", detail);
  return !here;
}

static int refused(void) {
  errno = ENETUNREACH;
  return -1;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int connect(int fd, const struct sockaddr *address, socklen_t size) {
  return leaves(address) ? refused() : NEXT(connect)(fd, address, size);
}

ssize_t sendto(int fd, const void *data, size_t length, int flags, const struct sockaddr *address,
               socklen_t size) {
  return leaves(address) ? refused() : NEXT(sendto)(fd, data, length, flags, address, size);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  return leaves(message->msg_name) ? refused() : NEXT(sendmsg)(fd, message, flags);
}

int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags) {
  for (unsigned int at = 0; at < count; at++)
    if (leaves(messages[at].msg_hdr.msg_name)) return refused();
  return NEXT(sendmmsg)(fd, messages, count, flags);
}

static int foreign(const char *name) {
  struct in6_addr address;
  if (!name || !strcmp(name, "localhost")) return 0;
  /* What is an address already is no question; `connect` sees where it leads. */
  if (inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1) return 0;
  note("lookup", name);
  return 1;
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **found) {
  return foreign(name) ? EAI_NONAME : NEXT(getaddrinfo)(name, service, hints, found);
}

struct hostent *gethostbyname(const char *name) {
  return foreign(name) ? NULL : NEXT(gethostbyname)(name);
}

struct hostent *gethostbyname2(const char *name, int family) {
  return foreign(name) ? NULL : NEXT(gethostbyname2)(name, family);
}

int gethostbyname_r(const char *name, struct hostent *made, char *room, size_t size,
                    struct hostent **found, int *error) {
  if (foreign(name)) return *found = NULL, *error = HOST_NOT_FOUND, HOST_NOT_FOUND;
  return NEXT(gethostbyname_r)(name, made, room, size, found, error);
}

int gethostbyname2_r(const char *name, int family, struct hostent *made, char *room, size_t size,
                     struct hostent **found, int *error) {
  if (foreign(name)) return *found = NULL, *error = HOST_NOT_FOUND, HOST_NOT_FOUND;
  return NEXT(gethostbyname2_r)(name, family, made, room, size, found, error);
}
