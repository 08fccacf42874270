/* One thread reads from descriptor 500, while another one makes it name file a, file b, a ... Each file holds its name. */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOVING = 500 };

static int a, b, reopen;
static volatile int stop;

static void put(const char *path)
{
	int fd;

	close(MOVING);
	fd = open(path, O_RDONLY);
	dup2(fd, MOVING);
	close(fd);
}

static void *move(void *unused)
{
	while (!stop) {
		if (reopen) {
			put("a");
			put("b");
		} else {
			dup2(a, MOVING);
			dup2(b, MOVING);
		}
	}
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	char c;
	int i;

	reopen = argc > 1;
	a = open("a", O_RDWR | O_CREAT, 0600);
	b = open("b", O_RDWR | O_CREAT, 0600);
	if (write(a, "a", 1) != 1 || write(b, "b", 1) != 1 || dup2(a, MOVING) != MOVING)
		return 1;
	if (pthread_create(&thread, NULL, move, NULL))
		return 1;
	for (i = 0; i < 200000; i++)
		pread(MOVING, &c, 1, 0);
	stop = 1;
	return pthread_join(thread, NULL);
}
