/* Sorts a folder of pictures into groups and says what goes where: by what they show, or by how alike they are.
 *
 *   sort_photos [HOW [MODEL [FOLDER [COPIES]]]]     HOW: label, or the least cosine of pictures that are alike, such as 0.6; a model
 *                                                   with classes (for a cosine, any image model); a folder of pictures; a folder
 *                                                   that gets a folder of copies for each group. If left out: label,
 *                                                   EfficientNet-Lite0 and photos as `make` fetched them, and nothing is copied
 */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "glyxel.h"

/* So many files are in memory at once. */
#define AT_ONCE 32
/* The bytes of a group's name that count; what is longer is cut. */
#define NAME 64

struct photo {
    char *path;
    int seen; /* 0 if the file is no picture */
    char group[NAME];
    float score;
    size_t same_as; /* by cosine: an earlier photo that it goes with, or itself */
};

static struct photo *photos;
static float *vectors;
static size_t photo_count, dim;

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

static void fail(const char *path, const char *doing) {
    fprintf(stderr, "%s: %s: %s\n", path, doing, strerror(errno));
    exit(1);
}

/* The bytes of a whole file; the caller frees them. */
static unsigned char *read_file(const char *path, size_t *len) {
    FILE *file = fopen(path, "rb");
    struct stat status;
    unsigned char *bytes;
    if (file == NULL || fstat(fileno(file), &status) != 0)
        fail(path, "cannot be read");
    *len = (size_t)status.st_size;
    bytes = enough(malloc(*len + 1));
    if (fread(bytes, 1, *len, file) != *len)
        fail(path, "cannot be read");
    fclose(file);
    return bytes;
}

static char *joined(const char *folder, const char *name) {
    char *path = enough(malloc(strlen(folder) + strlen(name) + 2));
    sprintf(path, "%s/%s", folder, name);
    return path;
}

static int is_picture(const char *name) {
    static const char *const ENDINGS[] = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"};
    const char *ending = strrchr(name, '.');
    size_t i;
    for (i = 0; ending != NULL && i < sizeof ENDINGS / sizeof *ENDINGS; i++)
        if (strcasecmp(ending, ENDINGS[i]) == 0)
            return name[0] != '.';
    return 0;
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct photo *)a)->path, ((const struct photo *)b)->path);
}

static void find(const char *folder) {
    DIR *listing = opendir(folder);
    struct dirent *entry;
    if (listing == NULL)
        fail(folder, "cannot be listed");
    while ((entry = readdir(listing)) != NULL)
        if (is_picture(entry->d_name)) {
            photos = enough(realloc(photos, (photo_count + 1) * sizeof *photos));
            memset(&photos[photo_count], 0, sizeof *photos);
            photos[photo_count++].path = joined(folder, entry->d_name);
        }
    closedir(listing);
    if (photo_count > 0)
        qsort(photos, photo_count, sizeof *photos, by_name);
}

/* A name that a folder can have, whatever the label is. */
static void name_group(struct photo *photo, const char *name, size_t len) {
    size_t i;
    if (len >= NAME)
        len = NAME - 1;
    memcpy(photo->group, name, len);
    photo->group[len] = '\0';
    for (i = 0; i < len; i++)
        if (name[i] == '/' || (name[i] == '.' && i == 0))
            photo->group[i] = '-';
}

/* Notes the likeliest class of each picture. */
static glyxel_status classify(const glyxel_model *model, const glyxel_image *images, struct photo *some, size_t n, glyxel_error **error) {
    glyxel_predictions *predictions = NULL;
    glyxel_task_options best;
    glyxel_status status;
    glyxel_str label;
    size_t i;
    memset(&best, 0, sizeof best);
    best.struct_size = sizeof best;
    best.top_k = 1;
    status = glyxel_classify_images(model, images, n, &best, NULL, &predictions, error);
    for (i = 0; status == GLYXEL_OK && i < n; i++)
        if (glyxel_predictions_get(predictions, i, 0, &label, NULL, &some[i].score) == GLYXEL_OK)
            name_group(&some[i], label.ptr, label.len);
    glyxel_predictions_free(predictions);
    return status;
}

/* Notes the vector of each picture. */
static glyxel_status embed(const glyxel_model *model, const glyxel_image *images, struct photo *some, size_t n, glyxel_error **error) {
    return glyxel_embed_images(model, images, n, NULL, NULL, vectors + (size_t)(some - photos) * dim, n * dim, error);
}

/* Looks at some photos at once. If one of them is no picture, the call is refused; then each is looked at by itself. */
static void look(const glyxel_model *model, struct photo *some, size_t n, int by_label) {
    glyxel_image images[AT_ONCE];
    glyxel_error *error = NULL;
    glyxel_status status;
    size_t i;
    memset(images, 0, sizeof images);
    for (i = 0; i < n; i++) {
        images[i].struct_size = sizeof images[i];
        images[i].format = GLYXEL_ENCODED;
        images[i].data = read_file(some[i].path, &images[i].len);
    }
    status = (by_label ? classify : embed)(model, images, some, n, &error);
    for (i = 0; i < n; i++) {
        some[i].seen = status == GLYXEL_OK;
        free((void *)images[i].data);
    }
    if (status != GLYXEL_INVALID_ARGUMENT) {
        check(status, error, "looking at the pictures");
        return;
    }
    if (n == 1)
        fprintf(stderr, "%s is left out: %s\n", some->path, glyxel_error_message(error));
    glyxel_error_free(error);
    for (i = 0; n > 1 && i < n; i++)
        look(model, some + i, 1, by_label);
}

static size_t first_of(size_t photo) {
    while (photos[photo].same_as != photo)
        photo = photos[photo].same_as;
    return photo;
}

/* Whoever is alike goes together, and with all that those are alike with. */
static void group_alike(float threshold) {
    glyxel_error *error = NULL;
    glyxel_pairs *pairs = NULL;
    uint64_t first, second;
    float score;
    size_t i, number = 0;

    check(glyxel_duplicates(vectors, photo_count, dim, threshold, 0, NULL, &pairs, &error), error, "comparing");
    for (i = 0; i < photo_count; i++)
        photos[i].same_as = i;
    for (i = 0; i < glyxel_pairs_count(pairs); i++)
        if (glyxel_pairs_get(pairs, i, &first, &second, &score) == GLYXEL_OK) {
            size_t a = first_of(first), b = first_of(second);
            photos[a > b ? a : b].same_as = a < b ? a : b;
            if (score > photos[first].score)
                photos[first].score = score;
            if (score > photos[second].score)
                photos[second].score = score;
        }
    glyxel_pairs_free(pairs);
    for (i = 0; i < photo_count; i++)
        if (photos[i].score == 0)
            strcpy(photos[i].group, "alone");
        else if (photos[i].same_as == i)
            sprintf(photos[i].group, "group %lu", (unsigned long)++number);
        else
            strcpy(photos[i].group, photos[first_of(i)].group);
}

static void make_folder(const char *path) {
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        fail(path, "cannot be made");
}

/* A file that is there already is left as it is. */
static void copy(const struct photo *photo, const char *folder) {
    char *path = joined(folder, strrchr(photo->path, '/') + 1);
    size_t len;
    unsigned char *bytes = read_file(photo->path, &len);
    FILE *file = fopen(path, "wbx");
    if (file == NULL && errno == EEXIST)
        fprintf(stderr, "%s is there already, and left as it is\n", path);
    else if (file == NULL || fwrite(bytes, 1, len, file) != len || fclose(file) != 0)
        fail(path, "cannot be written");
    free(bytes);
    free(path);
}

static int by_group(const void *a, const void *b) {
    const struct photo *x = a, *y = b;
    int order = strcmp(x->group, y->group);
    if (order == 0)
        order = (x->score < y->score) - (x->score > y->score);
    return order != 0 ? order : by_name(a, b);
}

int main(int argc, char **argv) {
    const char *how = argc > 1 ? argv[1] : "label";
    const char *source = argc > 2 ? argv[2] : "target/models/tf_efficientnet_lite0";
    const char *folder = argc > 3 ? argv[3] : "target/data/photos";
    const char *copies = argc > 4 ? argv[4] : NULL;
    int by_label = strcmp(how, "label") == 0;
    float threshold = (float)atof(how);
    glyxel_error *error = NULL;
    glyxel_model *model = NULL;
    char *target = NULL;
    size_t i, j, kept = 0;

    if (!by_label && (threshold <= 0 || threshold > 1)) {
        fprintf(stderr, "usage: sort_photos [label|COSINE [MODEL [FOLDER [COPIES]]]]: a cosine is above 0 and at most 1\n");
        return 2;
    }
    find(folder);
    check(glyxel_model_load(glyxel_cstr(source), NULL, NULL, &model, &error), error, "loading the model");
    dim = glyxel_model_dim(model);
    vectors = enough(malloc((photo_count + 1) * (dim + 1) * sizeof *vectors));
    for (i = 0; i < photo_count; i += AT_ONCE)
        look(model, photos + i, photo_count - i < AT_ONCE ? photo_count - i : AT_ONCE, by_label);
    glyxel_model_free(model);

    /* What could not be read goes. */
    for (i = 0; i < photo_count; i++)
        if (photos[i].seen) {
            memmove(vectors + kept * dim, vectors + i * dim, dim * sizeof *vectors);
            photos[kept++] = photos[i];
        } else
            free(photos[i].path);
    photo_count = kept;
    if (photo_count == 0) {
        fprintf(stderr, "%s has no pictures\n", folder);
        return 1;
    }
    if (!by_label)
        group_alike(threshold);

    qsort(photos, photo_count, sizeof *photos, by_group);
    if (copies != NULL)
        make_folder(copies);
    for (i = 0; i < photo_count; i = j) {
        printf("%s\n", photos[i].group);
        if (copies != NULL)
            make_folder(target = joined(copies, photos[i].group));
        for (j = i; j < photo_count && strcmp(photos[j].group, photos[i].group) == 0; j++) {
            if (photos[j].score > 0)
                printf("%8.3f  ", photos[j].score);
            else
                printf("%10s", "");
            printf("%s\n", strrchr(photos[j].path, '/') + 1);
            if (copies != NULL)
                copy(&photos[j], target);
        }
        free(target);
        target = NULL;
    }
    for (i = 0; i < photo_count; i++)
        free(photos[i].path);
    free(photos);
    free(vectors);
    return 0;
}
