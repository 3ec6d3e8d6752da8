/* Says how well three labels fit a picture, with a model of texts and pictures.
 *
 *   zero_shot_images MODEL PICTURE LABEL LABEL LABEL      a checkpoint folder or a bundle of CLIP or SigLIP; a file
 */
#include <stdio.h>
#include <stdlib.h>

#include "glyxel.h"

static void check(glyxel_status status, glyxel_error **error) {
    if (status == GLYXEL_OK)
        return;
    fprintf(stderr, "status %d: %s\n", (int)status, glyxel_error_message(*error));
    glyxel_error_free(*error);
    exit(1);
}

/* The bytes of a whole file; the caller frees them. */
static uint8_t *read_file(const char *path, size_t *len) {
    FILE *file = fopen(path, "rb");
    long size = -1;
    uint8_t *bytes = NULL;
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

/* >>> zero_shot_images */
/* How well each label fits the picture; bytes are those of a JPEG, PNG ... file. With CLIP the scores sum to 1. */
static glyxel_status fit(const glyxel_model *model, const uint8_t *bytes, size_t len, const glyxel_str labels[3], float scores[3],
                         glyxel_error **err) {
    glyxel_image picture = {.struct_size = sizeof picture, .data = bytes, .len = len};
    return glyxel_zero_shot_images(model, &picture, 1, labels, 3, NULL, NULL, scores, 3, err);
}
/* <<< */

int main(int argc, char **argv) {
    glyxel_error *error = NULL;
    glyxel_model *model = NULL;
    glyxel_str labels[3];
    float scores[3];
    uint8_t *bytes;
    size_t len;
    int i;

    if (argc != 6) {
        fprintf(stderr, "usage: zero_shot_images MODEL PICTURE LABEL LABEL LABEL\n");
        return 2;
    }
    check(glyxel_model_load(glyxel_cstr(argv[1]), NULL, NULL, &model, &error), &error);
    for (i = 0; i < 3; i++)
        labels[i] = glyxel_cstr(argv[i + 3]);
    bytes = read_file(argv[2], &len);
    check(fit(model, bytes, len, labels, scores, &error), &error);
    for (i = 0; i < 3; i++)
        printf("%.3f  %s\n", scores[i], argv[i + 3]);
    free(bytes);
    glyxel_model_free(model);
    return 0;
}
