using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace Glyxel
{
    /// Pictures as the library takes them, where they lie: arrays are pinned and not copied.
    internal sealed unsafe class PinnedImages : IDisposable
    {
        internal readonly glyxel_image[] Images;
        private readonly GCHandle[] pins;

        internal PinnedImages(IReadOnlyList<Image> list)
        {
            if (list == null)
                throw new ArgumentNullException("images");
            Images = new glyxel_image[list.Count];
            pins = new GCHandle[Images.Length];
            try
            {
                for (int i = 0; i < Images.Length; i++)
                {
                    Image image = list[i];
                    if (image == null)
                        throw new ArgumentException("images[" + i + "] is null; leave it out", "images");
                    Images[i] = image.Description;
                    if (image.Bytes == null)
                        continue;
                    pins[i] = GCHandle.Alloc(image.Bytes, GCHandleType.Pinned);
                    Images[i].data = (byte*)pins[i].AddrOfPinnedObject();
                }
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        internal UIntPtr Count
        {
            get { return (UIntPtr)(uint)Images.Length; }
        }

        public void Dispose()
        {
            for (int i = 0; i < pins.Length; i++)
                if (pins[i].IsAllocated)
                    pins[i].Free();
        }
    }
}
