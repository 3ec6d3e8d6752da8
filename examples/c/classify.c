/* Says what is on pictures.
 *
 *   classify MODEL PICTURE...      a checkpoint folder or a bundle with a head for classes; files of any usual format
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "glyxel.h"

#define BEST 3

/* Every call that can fail returns a status, and says in the error what went wrong and what to do. */
static void check(glyxel_status status, glyxel_error **error, const char *doing) {
    if (status == GLYXEL_OK)
        return;
    fprintf(stderr, "%s failed (status %d): %s\n", doing, (int)status, glyxel_error_message(*error));
    glyxel_error_free(*error);
    exit(1);
}

/* The bytes of a whole file; the caller frees them. */
static unsigned char *read_file(const char *path, size_t *len) {
    FILE *file = fopen(path, "rb");
    long size = -1;
    unsigned char *bytes = NULL;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) >= 0 && fseek(file, 0, SEEK_SET) == 0)
        bytes = malloc((size_t)size + 1);
    if (bytes == NULL || fread(bytes, 1, (size_t)size, file) != (size_t)size) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(1);
    }
    fclose(file);
    *len = (size_t)size;
    return bytes;
}

int main(int argc, char **argv) {
    size_t count = argc > 2 ? (size_t)argc - 2 : 0;
    glyxel_error *error = NULL;
    glyxel_model *model = NULL;
    glyxel_predictions *predictions = NULL;
    glyxel_task_options options;
    glyxel_image *images;
    size_t i, rank;

    if (count == 0) {
        fprintf(stderr, "usage: classify MODEL PICTURE...\n");
        return 2;
    }
    printf("loading %s (the first time, it is converted)\n", argv[1]);
    fflush(stdout);
    check(glyxel_model_load(glyxel_cstr(argv[1]), NULL, NULL, &model, &error), &error, "loading the model");

    /* Of an encoded picture only the bytes are needed; all else is zero. */
    images = calloc(count, sizeof *images);
    if (images == NULL) {
        fprintf(stderr, "out of memory\n");
        return 1;
    }
    for (i = 0; i < count; i++) {
        images[i].struct_size = sizeof *images;
        images[i].format = GLYXEL_ENCODED;
        images[i].data = read_file(argv[i + 2], &images[i].len);
    }

    /* >>> classify */
    memset(&options, 0, sizeof options);
    options.struct_size = sizeof options;
    options.top_k = BEST;
    check(glyxel_classify_images(model, images, count, &options, NULL, &predictions, &error), &error, "classifying");

    for (i = 0; i < count; i++) {
        printf("\n%s\n", argv[i + 2]);
        for (rank = 0; rank < glyxel_predictions_count(predictions, i); rank++) {
            glyxel_str label;
            float score;
            if (glyxel_predictions_get(predictions, i, rank, &label, NULL, &score) == GLYXEL_OK)
                printf("%6.1f %%  %.*s\n", 100 * score, (int)label.len, label.ptr);
        }
    }
    /* <<< */

    glyxel_predictions_free(predictions);
    for (i = 0; i < count; i++)
        free((void *)images[i].data);
    free(images);
    glyxel_model_free(model);
    return 0;
}
