/** The stand-in, as Maven knows it. */
export const STAND_IN = {
  group: 'de.bwaldvogel',
  artifact: 'mongo-java-server',
  version: '1.47.0',
} as const

const ASM_VERSION = '9.7.1'

/** Changes with what is fetched. */
export const LIBRARIES: string = `${STAND_IN.artifact}-${STAND_IN.version}-asm-${ASM_VERSION}`

/**
 * A program that serves it on the port that is its argument, run by `java` from its source. Two things are not as the
 * package has them:
 *
 * - It says a wire version that current drivers speak to. The package says that of MongoDB 4.2.
 * - It compares strings by their bytes in UTF-8, as MongoDB does. The package compares UTF-16 units, so that what is
 *   above U+FFFF would sort before U+E000.
 */
export const PROGRAM: string = `
import static org.objectweb.asm.Opcodes.*;

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.util.List;
import org.objectweb.asm.*;

class StandIn {
  static final String COMPARE = "(Ljava/lang/String;Ljava/lang/String;)I";

  public static void main(String[] args) throws Exception {
    compareBytes();
    MemoryBackend backend = new MemoryBackend();
    backend.version(new MongoVersion() {
      public List<Integer> getVersionArray() { return List.of(5, 0, 0); }
      public String toVersionString() { return "5.0.0 (${STAND_IN.artifact} ${STAND_IN.version})"; }
      public int getWireVersion() { return 13; }
    });
    new MongoServer(backend).bind("127.0.0.1", Integer.parseInt(args[0]));
    Thread.sleep(Long.MAX_VALUE);
  }

  /** Defines the comparator, before anything else does, with other calls in it. */
  static void compareBytes() throws Exception {
    Class<?> neighbour = Class.forName("de.bwaldvogel.mongo.backend.Missing");
    try (InputStream stream = neighbour.getResourceAsStream("ValueComparator.class")) {
      ClassReader reader = new ClassReader(stream);
      ClassWriter writer = new ClassWriter(reader, ClassWriter.COMPUTE_MAXS);
      reader.accept(patch(writer, reader.getClassName()), 0);
      MethodHandles.privateLookupIn(neighbour, MethodHandles.lookup()).defineClass(writer.toByteArray());
    }
  }

  static ClassVisitor patch(ClassWriter writer, String comparator) {
    return new ClassVisitor(ASM9, writer) {
      @Override
      public MethodVisitor visitMethod(int access, String name, String type, String signature, String[] thrown) {
        return new MethodVisitor(ASM9, super.visitMethod(access, name, type, signature, thrown)) {
          @Override
          public void visitMethodInsn(int opcode, String owner, String called, String with, boolean isInterface) {
            if (owner.equals("java/lang/String") && called.equals("compareTo")) {
              super.visitMethodInsn(INVOKESTATIC, comparator, "compareBytes", COMPARE, false);
            } else {
              super.visitMethodInsn(opcode, owner, called, with, isInterface);
            }
          }
        };
      }

      /** Adds: return Arrays.compareUnsigned(a.getBytes(UTF_8), b.getBytes(UTF_8)). */
      @Override
      public void visitEnd() {
        String charset = "Ljava/nio/charset/Charset;";
        MethodVisitor method =
          writer.visitMethod(ACC_PRIVATE | ACC_STATIC, "compareBytes", COMPARE, null, null);
        method.visitCode();
        for (int argument = 0; argument < 2; argument++) {
          method.visitVarInsn(ALOAD, argument);
          method.visitFieldInsn(GETSTATIC, "java/nio/charset/StandardCharsets", "UTF_8", charset);
          method.visitMethodInsn(INVOKEVIRTUAL, "java/lang/String", "getBytes", "(" + charset + ")[B", false);
        }
        method.visitMethodInsn(INVOKESTATIC, "java/util/Arrays", "compareUnsigned", "([B[B)I", false);
        method.visitInsn(IRETURN);
        method.visitMaxs(0, 0);
        method.visitEnd();
        super.visitEnd();
      }
    };
  }
}
`

/** Says to Maven what the program needs. */
export const PROJECT: string = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>holdfast</groupId>
  <artifactId>stand-in</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>${STAND_IN.group}</groupId>
      <artifactId>${STAND_IN.artifact}</artifactId>
      <version>${STAND_IN.version}</version>
    </dependency>
    <dependency>
      <groupId>org.ow2.asm</groupId>
      <artifactId>asm</artifactId>
      <version>${ASM_VERSION}</version>
    </dependency>
  </dependencies>
</project>
`

/** Lays the libraries of the project into a folder. */
export const FETCH = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'
