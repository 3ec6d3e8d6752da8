/* Where the fields of the first header's structs are, on x86-64. Programs are built with these places in them, so they stay. */
#include <stddef.h>

/* In angle brackets: today's header, and not the one beside this file. */
#include <glyxel.h>

#define AT(type, field, offset, size) \
    _Static_assert(offsetof(type, field) == (offset) && sizeof(((type *)0)->field) == (size), #type "." #field " has moved")

AT(glyxel_str, ptr, 0, 8);
AT(glyxel_str, len, 8, 8);
_Static_assert(sizeof(glyxel_str) == 16, "glyxel_str has no struct_size: it cannot grow");

AT(glyxel_embed_options, struct_size, 0, 4);
AT(glyxel_embed_options, normalize, 4, 4);
AT(glyxel_embed_options, dim, 8, 4);
AT(glyxel_embed_options, prompt, 16, 16);
_Static_assert(sizeof(glyxel_embed_options) >= 32, "glyxel_embed_options has shrunk");

AT(glyxel_image, struct_size, 0, 4);
AT(glyxel_image, format, 4, 4);
AT(glyxel_image, width, 8, 4);
AT(glyxel_image, height, 12, 4);
AT(glyxel_image, row_stride, 16, 8);
AT(glyxel_image, data, 24, 8);
AT(glyxel_image, len, 32, 8);
AT(glyxel_image, bottom_up, 40, 4);
_Static_assert(sizeof(glyxel_image) >= 48, "glyxel_image has shrunk");

AT(glyxel_task_options, struct_size, 0, 4);
AT(glyxel_task_options, activation, 4, 4);
AT(glyxel_task_options, top_k, 8, 4);
AT(glyxel_task_options, template_, 16, 16);
_Static_assert(sizeof(glyxel_task_options) >= 32, "glyxel_task_options has shrunk");
