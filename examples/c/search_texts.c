/* Finds passages of a folder's texts that answer a question, whatever words they use.
 *
 *   search_texts [MODEL [FOLDER [QUESTION...]]]     a model; a folder with .txt and .md files, in folders below it, too; questions.
 *                                                   If left out: all-MiniLM-L6-v2 as `make` fetched it, docs, and questions from
 *                                                   the keyboard, one a line
 *
 * A passage is what stands between blank lines, with the heading above it. All vectors are kept in memory: a million passages of 384 values take 1.5 GB.
 */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "glyxel.h"

#define SHOWN 3
/* A longer passage is cut at the end of a line: the model reads only so many words at once. */
#define LONGEST 1000

struct passage {
    const char *path;
    size_t line;
    glyxel_str text;
};

static char **paths;
static struct passage *passages;
static float *vectors;
static size_t path_count, passage_count, dim;

static void check(glyxel_status status, glyxel_error *error, const char *doing) {
    if (status == GLYXEL_OK)
        return;
    fprintf(stderr, "%s failed (status %d): %s\n", doing, (int)status, glyxel_error_message(error));
    glyxel_error_free(error);
    exit(1);
}

static void *enough(void *memory) {
    if (memory == NULL) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    return memory;
}

static int ends_in(const char *name, const char *ending) {
    size_t length = strlen(name), wanted = strlen(ending);
    return length > wanted && strcmp(name + length - wanted, ending) == 0;
}

/* The paths of all texts in a folder and below it; links are not followed. */
static void find(const char *folder) {
    DIR *listing = opendir(folder);
    struct dirent *entry;
    struct stat status;
    if (listing == NULL) {
        fprintf(stderr, "%s: no folder that can be read\n", folder);
        exit(1);
    }
    while ((entry = readdir(listing)) != NULL) {
        char *path;
        if (entry->d_name[0] == '.')
            continue;
        path = enough(malloc(strlen(folder) + strlen(entry->d_name) + 2));
        sprintf(path, "%s/%s", folder, entry->d_name);
        if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode))
            find(path);
        else if (lstat(path, &status) == 0 && S_ISREG(status.st_mode) && (ends_in(path, ".txt") || ends_in(path, ".md"))) {
            paths = enough(realloc(paths, (path_count + 1) * sizeof *paths));
            paths[path_count++] = path;
            continue;
        }
        free(path);
    }
    closedir(listing);
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The whole file; its passages point into it, so it is kept. */
static char *read_text(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    char *text = enough(malloc(1));
    size_t room = 1, read;
    *length = 0;
    if (file == NULL) {
        fprintf(stderr, "%s cannot be opened\n", path);
        exit(1);
    }
    while ((read = fread(text + *length, 1, room - *length, file)) > 0)
        if ((*length += read) == room)
            text = enough(realloc(text, room *= 2));
    fclose(file);
    return text;
}

static void add(const char *path, size_t line, const char *from, const char *to) {
    if (passage_count % 1024 == 0)
        passages = enough(realloc(passages, (passage_count + 1024) * sizeof *passages));
    passages[passage_count].path = path;
    passages[passage_count].line = line;
    passages[passage_count].text.ptr = from;
    passages[passage_count++].text.len = (size_t)(to - from);
}

static int blank(const char *line, const char *end) {
    while (line < end && strchr(" \t\r", *line) != NULL)
        line++;
    return line == end;
}

/* A single line that begins with #: it goes with what it stands above. */
static int heading(const char *from, const char *to) {
    return *from == '#' && memchr(from, '\n', (size_t)(to - from)) == NULL;
}

static void split(const char *path, const char *text, size_t length) {
    const char *last = text + length, *from = NULL, *to = NULL, *line, *end;
    size_t number = 1, first = 1;
    for (line = text; line < last; line = end + 1, number++) {
        end = memchr(line, '\n', (size_t)(last - line));
        if (end == NULL)
            end = last;
        if (from != NULL && ((blank(line, end) && !heading(from, to)) || to - from > LONGEST)) {
            add(path, first, from, to);
            from = NULL;
        }
        if (blank(line, end))
            continue;
        if (from == NULL) {
            from = line;
            first = number;
        }
        to = end;
    }
    if (from != NULL)
        add(path, first, from, to);
}

/* Adds a file's passages and their vectors; a file that is no text in UTF-8 is left out. */
static void index_file(const glyxel_model *model, const char *path, const glyxel_embed_options *options) {
    glyxel_error *error = NULL;
    glyxel_status status;
    glyxel_str *texts;
    size_t before = passage_count, count, length, i;
    char *text = read_text(path, &length);

    split(path, text, length);
    count = passage_count - before;
    texts = enough(malloc((count + 1) * sizeof *texts));
    for (i = 0; i < count; i++)
        texts[i] = passages[before + i].text;
    vectors = enough(realloc(vectors, (passage_count + 1) * dim * sizeof *vectors));
    status = glyxel_embed_texts(model, texts, count, options, NULL, vectors + before * dim, count * dim, &error);
    free(texts);
    if (status == GLYXEL_INVALID_ARGUMENT) {
        fprintf(stderr, "%s is left out: %s\n", path, glyxel_error_message(error));
        glyxel_error_free(error);
        passage_count = before;
        free(text);
    } else
        check(status, error, path);
}

static void show(const struct passage *passage, float score) {
    const char *line = passage->text.ptr, *last = line + passage->text.len, *end;
    printf("%.3f  %s:%lu\n", score, passage->path, (unsigned long)passage->line);
    for (; line < last; line = end + 1) {
        end = memchr(line, '\n', (size_t)(last - line));
        if (end == NULL)
            end = last;
        printf("       %.*s\n", (int)(end - line), line);
    }
}

static void answer(const glyxel_model *model, const char *question, const glyxel_embed_options *options) {
    size_t k = passage_count < SHOWN ? passage_count : SHOWN, i;
    float *query = enough(malloc(dim * sizeof *query)), scores[SHOWN];
    glyxel_error *error = NULL;
    glyxel_str text = glyxel_cstr(question);
    uint64_t places[SHOWN];

    check(glyxel_embed_texts(model, &text, 1, options, NULL, query, dim, &error), error, "embedding the question");
    check(glyxel_top_k(query, 1, vectors, passage_count, dim, GLYXEL_COSINE, k, NULL, places, scores, &error), error, "searching");
    printf("\n%s\n", question);
    for (i = 0; i < k; i++)
        show(&passages[places[i]], scores[i]);
    fflush(stdout);
    free(query);
}

int main(int argc, char **argv) {
    const char *source = argc > 1 ? argv[1] : "target/models/all-MiniLM-L6-v2";
    const char *folder = argc > 2 ? argv[2] : "docs";
    glyxel_embed_options of_documents, of_queries;
    glyxel_error *error = NULL;
    glyxel_model *model = NULL;
    char line[4096];
    size_t i;

    find(folder);
    qsort(paths, path_count, sizeof *paths, by_name);
    check(glyxel_model_load(glyxel_cstr(source), NULL, NULL, &model, &error), error, "loading the model");
    dim = glyxel_model_dim(model);

    /* Some models want one prompt before what is searched and another before what is asked; where there is none, these change nothing. */
    memset(&of_documents, 0, sizeof of_documents);
    of_documents.struct_size = sizeof of_documents;
    of_queries = of_documents;
    of_documents.prompt = glyxel_cstr("@document");
    of_queries.prompt = glyxel_cstr("@query");

    for (i = 0; i < path_count; i++)
        index_file(model, paths[i], &of_documents);
    printf("%lu passages of %lu files\n", (unsigned long)passage_count, (unsigned long)path_count);
    if (passage_count == 0) {
        fprintf(stderr, "%s has no texts: .txt and .md files are read\n", folder);
        return 1;
    }
    for (i = 3; i < (size_t)argc; i++)
        answer(model, argv[i], &of_queries);
    while (argc <= 3 && fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] != '\0')
            answer(model, line, &of_queries);
    }
    glyxel_model_free(model);
    return 0;
}
