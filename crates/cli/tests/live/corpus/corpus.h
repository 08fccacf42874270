/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the programs of the corpus share: they make calls, good and bad ones, and never look at the results. */
#ifndef CORPUS_H
#define CORPUS_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* The call itself, without the C library's ideas about it. */
#define SYS(name, ...) syscall(SYS_##name, ##__VA_ARGS__)
/* Nothing is mapped there. */
#define BAD ((void *)0xdead0000UL)

#pragma GCC diagnostic ignored "-Wunused-result"

#endif
