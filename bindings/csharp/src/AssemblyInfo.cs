using System.Reflection;

[assembly: AssemblyTitle("Glyxel")]
[assembly: AssemblyDescription("Pretrained text and image encoders, without Python")]
[assembly: AssemblyVersion("0.1.0.0")]
