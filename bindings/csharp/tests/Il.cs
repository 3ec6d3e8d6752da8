using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Reflection.Emit;

namespace Glyxel.Tests
{
    /// What the code of an assembly calls, read from its instructions.
    internal static class Il
    {
        private const BindingFlags All =
            BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

        private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => (OpCode)field.GetValue(null)).ToDictionary(code => code.Value);

        /// Types and members of other assemblies that this one names, sorted: "Namespace.Type" and "Namespace.Type.Member(Parameters)".
        internal static SortedSet<string> ForeignNames(Assembly assembly)
        {
            SortedSet<string> names = new SortedSet<string>(StringComparer.Ordinal);
            foreach (Type type in assembly.GetTypes())
            {
                Add(names, assembly, type.BaseType);
                foreach (Type implemented in type.GetInterfaces().Except(type.BaseType == null ? Type.EmptyTypes : type.BaseType.GetInterfaces()))
                    Add(names, assembly, implemented);
                foreach (FieldInfo field in type.GetFields(All))
                    Add(names, assembly, field.FieldType);
                foreach (MethodBase method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)))
                {
                    foreach (ParameterInfo parameter in method.GetParameters())
                        Add(names, assembly, parameter.ParameterType);
                    foreach (MemberInfo member in Members(method))
                        Add(names, assembly, member);
                }
            }
            return names;
        }

        private static void Add(SortedSet<string> names, Assembly assembly, MemberInfo member)
        {
            Type type = member as Type ?? (member == null ? null : member.DeclaringType);
            while (type != null && type.HasElementType)
                type = type.GetElementType();
            if (type == null || type.IsGenericParameter)
                return;
            foreach (Type argument in type.GetGenericArguments())
                Add(names, assembly, argument);
            Type definition = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
            if (definition.Assembly == assembly)
                return;
            names.Add(definition.FullName);
            MethodBase method = member as MethodBase;
            if (method != null)
                names.Add(definition.FullName + "." + method.Name + "(" + string.Join(", ", method.GetParameters().Select(p => Name(p.ParameterType))) + ")");
            else if (!(member is Type))
                names.Add(definition.FullName + "." + member.Name);
        }

        /// A parameter's type; of generic ones the bare name, for their arguments depend on the caller.
        private static string Name(Type type)
        {
            if (type.IsByRef || type.IsArray || type.IsPointer)
                return Name(type.GetElementType()) + type.Name.Substring(type.Name.Length - (type.IsArray ? 2 : 1));
            bool own = type.Assembly != typeof(object).Assembly && type.Assembly != typeof(Enumerable).Assembly;
            return type.IsGenericParameter || own ? "T" : type.Name;
        }

        private static IEnumerable<MemberInfo> Members(MethodBase method)
        {
            MethodBody body = method.GetMethodBody();
            if (body == null)
                yield break;
            foreach (LocalVariableInfo local in body.LocalVariables)
                yield return local.LocalType;
            byte[] code = body.GetILAsByteArray();
            Type[] ofType = method.DeclaringType.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
            Type[] ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
            for (int at = 0; at < code.Length;)
            {
                short value = code[at++];
                if (value == 0xfe)
                    value = (short)(0xfe00 | code[at++]);
                OpCode operation = Codes[value];
                switch (operation.OperandType)
                {
                    case OperandType.InlineMethod:
                    case OperandType.InlineField:
                    case OperandType.InlineType:
                    case OperandType.InlineTok:
                        yield return method.Module.ResolveMember(BitConverter.ToInt32(code, at), ofType, ofMethod);
                        at += 4;
                        break;
                    case OperandType.InlineSwitch:
                        at += 4 + 4 * BitConverter.ToInt32(code, at);
                        break;
                    case OperandType.InlineNone:
                        break;
                    case OperandType.ShortInlineBrTarget:
                    case OperandType.ShortInlineI:
                    case OperandType.ShortInlineVar:
                        at += 1;
                        break;
                    case OperandType.InlineVar:
                        at += 2;
                        break;
                    case OperandType.InlineI8:
                    case OperandType.InlineR:
                        at += 8;
                        break;
                    default:
                        at += 4;
                        break;
                }
            }
        }
    }
}
