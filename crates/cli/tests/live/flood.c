// Sixteen threads read as fast as they can, each from a file of its own, which holds the letter of its name.
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define THREADS 16

static long each;

static void *reader(void *letter)
{
	char name[2] = { (char)(long)letter, 0 };
	int f = open(name, O_RDWR | O_CREAT, 0600);

	if (f < 0 || write(f, name, 1) != 1)
		exit(1);
	for (long i = 0; i < each; i++)
		if (pread(f, name, 1, 0) != 1)
			exit(1);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];

	each = argc > 1 ? atol(argv[1]) : 0;
	for (long i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, reader, (void *)('a' + i)))
			return 1;
	for (long i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
